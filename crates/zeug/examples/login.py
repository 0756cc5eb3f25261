"""Shares its log-ins with the zeug program login.rs beside it: SECRET_KEY=... python login.py [PORT]"""

import os
import sys

from flask import Flask, abort, request, session
from werkzeug.security import check_password_hash
from werkzeug.serving import make_server

app = Flask("login")
app.secret_key = os.environ["SECRET_KEY"]
fallbacks = os.environ.get("SECRET_KEY_FALLBACKS", "").split(",")
app.config["SECRET_KEY_FALLBACKS"] = [key for key in reversed(fallbacks) if key]

USERS = {"ada": "scrypt:1024:8:1$r3hYQtErStwG771z$9a0c3743669fb64de16097d4cb6a480be76bea026bc5f33197428d40522d3ea5df96453f5a93cccbf3b0f2497ffbec96d71de91cc56384fa24bc8be69611530f"}


@app.route("/login")
def login():
    stored = USERS.get(request.args.get("name"))
    if not stored or not check_password_hash(stored, request.args.get("password", "")):
        abort(403)
    session.clear()
    session["user"] = request.args["name"]
    session.permanent = True
    return session["user"]


@app.route("/logout")
def logout():
    session.clear()
    return "nobody"


@app.route("/")
def index():
    return session.get("user", "nobody")


port = int(sys.argv[1]) if len(sys.argv) > 1 else 5001
server = make_server("127.0.0.1", port, app)
print(f"http://127.0.0.1:{server.port}", flush=True)
server.serve_forever()
