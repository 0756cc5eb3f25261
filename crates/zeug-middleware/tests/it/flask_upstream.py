"""The program behind the proxy: Flask on Werkzeug's own server, HTTP/1.1, each answer in another framing."""

import hashlib

from flask import Flask, Response, make_response, redirect, request
from werkzeug.serving import WSGIRequestHandler, make_server

app = Flask("upstream")


@app.post("/form")
def form():
    file = request.files.get("file")
    sent = hashlib.sha256(file.read()).hexdigest() if file else "-"
    return f"{request.form['name']} {sent}"


@app.get("/login")
def login():
    answer = redirect("/hello", 303)
    answer.set_cookie("user", "ada", httponly=True)
    answer.set_cookie("theme", "dark")
    return answer


@app.get("/hello")
def hello():
    return f"{request.cookies.get('user')} {request.cookies.get('theme')} {request.headers['X-Forwarded-Host']}"


@app.route("/upload", methods=["POST", "PUT"])
def upload():
    digest, count = hashlib.sha256(), 0
    while piece := request.stream.read(65536):
        digest.update(piece)
        count += len(piece)
    return f"{count} {digest.hexdigest()} {request.headers.get('Transfer-Encoding', 'whole')}"


@app.get("/download/<int:count>")
def download(count):
    def pieces():
        for number in range(count):
            yield number.to_bytes(4, "big") * 4096

    return Response(pieces(), mimetype="application/octet-stream")


@app.get("/sized")
def sized():
    return make_response(b"x" * 100_000)


if __name__ == "__main__":
    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
