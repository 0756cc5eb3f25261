"""Signs and reads with the real packages: a question a line, as JSON lists, and an answer a line."""

import hashlib
import json
import sys
import time

from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf, validate_csrf
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

clock = [0]
time.time = lambda: float(clock[0])
app = Flask("peer")


def session(key, fallbacks):
    app.secret_key = key
    app.config["SECRET_KEY_FALLBACKS"] = fallbacks or None
    return SecureCookieSessionInterface().get_signing_serializer(app)


def serializer(keys, salt, derivation, digest, timed):
    make = URLSafeTimedSerializer if timed else URLSafeSerializer
    kwargs = {"key_derivation": derivation, "digest_method": getattr(hashlib, digest)}
    return make(keys, salt=salt, signer_kwargs=kwargs)


def answer(kind, now, *args):
    clock[0] = now
    tagged = TaggedJSONSerializer()
    with app.app_context():
        if kind == "session dumps":
            key, fallbacks, text = args
            return session(key, fallbacks).dumps(tagged.loads(text))
        if kind == "session loads":
            key, fallbacks, token = args
            return tagged.dumps(session(key, fallbacks).loads(token, max_age=60))
        if kind == "dumps":
            *options, text = args
            return serializer(*options).dumps(json.loads(text))
        if kind == "loads":
            *options, token = args
            return json.dumps(serializer(*options).loads(token), ensure_ascii=False, separators=(",", ":"))
    if kind == "csrf make":
        (key,) = args
        app.secret_key = key
        with app.test_request_context():
            from flask import session as current

            return [generate_csrf(), current["csrf_token"]]
    if kind == "csrf check":
        key, half, token = args
        app.secret_key = key
        with app.test_request_context():
            from flask import session as current

            current["csrf_token"] = half
            validate_csrf(token)
            return "good"
    raise ValueError(kind)


for line in sys.stdin:
    try:
        result = answer(*json.loads(line))
    except BadSignature as error:
        result = {"refused": type(error).__name__}
    print(json.dumps(result))
