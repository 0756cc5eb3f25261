"""The application that gunicorn serves for `cargo xtask bench scale`: the same answers as the other servers give, on `/` and `/sleep?MILLISECONDS`."""

import time

HELLO = b"Hello, World!"
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(HELLO)))]


def app(environ, start_response):
    """Sleeps where it is asked to, and greets."""
    if environ["PATH_INFO"] == "/sleep":
        time.sleep(float(environ["QUERY_STRING"] or "1000") / 1000)
    start_response("200 OK", HEADERS)
    return [HELLO]
