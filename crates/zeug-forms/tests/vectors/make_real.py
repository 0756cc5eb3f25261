#!/usr/bin/env python3
"""Records real.jsonl: form bodies as curl, Python's requests and headless Chromium send them, with what Werkzeug reads.

usage: make_real.py ORACLE_CMD > real.jsonl     (needs requests, curl and chromium; ORACLE_CMD answers the conformance protocol)
"""

import base64
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

import requests

PAGE = """<!doctype html><meta charset=utf-8><script>
const bytes = n => Uint8Array.from({length: n}, (_, i) => i * 7 % 256);
async function run() {
  const form = new FormData();
  form.append("text", "plain"); form.append("text", "Grüße, ☃ 😀"); form.append("lines", "a\\r\\nb\\nc\\rd");
  form.append('quo"te', "1"); form.append("new\\nline", "2"); form.append("empty", "");
  form.append("file", new File([bytes(300)], "Pläne ☃.pdf", {type: "application/pdf"}));
  form.append("file", new File(["zwei"], 'a"b\\\\c%.txt', {type: "text/plain"}));
  form.append("file", new File([], "", {type: ""}));
  form.append("blob", new Blob(["\\r\\n--\\r\\n"]));
  await fetch("/formdata", {method: "POST", body: form});
  await fetch("/empty", {method: "POST", body: new FormData()});
  await fetch("/params", {method: "POST", body: new URLSearchParams([["q", "a b&c=d+e"], ["ü", "☃"], ["", "x"], ["y", ""]])});
  const html = document.createElement("form");
  html.method = "post"; html.enctype = "multipart/form-data"; html.action = "/submit";
  html.innerHTML = "<textarea name=t>one\\ntwo</textarea><input type=checkbox name=c checked><input type=file name=f><input name='é' value='%22 %41'>";
  document.body.append(html); html.submit();
}
</script><body onload="run()">"""


class Capture(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted."""

    posts = []
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        agent = self.headers.get("X-Client") or self.headers["User-Agent"]
        self.posts.append((agent, self.path, self.headers["Content-Type"], body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


def curl(url, folder):
    def run(path, *args):
        subprocess.run(["curl", "-s", *args, url + path], check=True, cwd=folder)

    run("/fields", "-F", "a=b", "-F", "empty=", "-F", "ü=Grüße ☃")
    run("/file", "-F", "note=two files", "-F", "file=@a.bin", "-F", "file=@Pläne ☃.txt;type=text/plain")
    run("/names", "-F", 'file=@a.bin;filename=a"b\\c%22.txt', "-F", 'na"me=x', "-F", "typed=p;type=text/html; charset=utf-8")
    run("/old-escapes", "--form-escape", "-F", 'file=@a.bin;filename=a"b\\c.txt')
    run("/empty-file", "-F", "file=@empty")
    run("/headers", "-F", "file=@a.bin;headers=\"X-One: 1\";headers=\"X-Two: zwei\"")
    run("/urlencoded", "-d", "a=b&c=d+e", "--data-urlencode", "text=Grüße & mehr=☃")
    run("/chunked", "-H", "Transfer-Encoding: chunked", "-F", "a=b", "-F", "file=@a.bin")


def python(url, folder):
    data = open(folder + "/a.bin", "rb").read()
    post = lambda path, **args: requests.post(url + path, headers={"X-Client": "requests/" + requests.__version__}, **args)
    post("/fields", files={"a": (None, "b"), "ü": (None, "Grüße ☃")})
    post("/file", data={"note": "two files", "empty": ""}, files=[("file", ("a.bin", data)), ("file", ("Pläne ☃.txt", "text", "text/plain"))])
    post("/headers", files={"file": ("a.bin", data, "image/png", {"X-One": "1", "Expires": "0"})})
    post("/names", files={'na"me': ('a"b\\c\n.txt', "x")})
    post("/urlencoded", data=[("a", "b"), ("a", "c d+e"), ("ü", "☃&=")])


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Capture)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://127.0.0.1:%d" % server.server_port
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        open(folder + "/a.bin", "wb").write(bytes(i * 7 % 256 for i in range(300)) + b"\r\n--\r\n")
        open(folder + "/Pläne ☃.txt", "w").write("zwei\r\nZeilen\n")
        open(folder + "/empty", "w").close()
        curl(url, folder)
        python(url, folder)
        profile = folder + "/profile"
        browser = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + profile, url + "/"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": folder},
        )
        while not any(path == "/submit" for _, path, _, _ in Capture.posts):
            time.sleep(0.1)
        browser.terminate()
        browser.wait()
    questions = []
    for agent, path, content_type, body in Capture.posts:
        args = {
            "content_type": content_type,
            "body_b64": base64.b64encode(body).decode(),
            "content_length": len(body),
            "max_form_memory_size": 500000,
            "max_form_parts": 1000,
            "max_content_length": None,
            "silent": False,
        }
        client = "chromium" if "Chrome" in agent else agent.split("/")[0]
        version = agent.split("Chrome/")[-1].split(" ")[0] if client == "chromium" else agent.split("/")[1]
        questions.append({"id": "%s-%s%s" % (client, version, path.replace("/", "-")), "op": "forms.parse_form", "args": args})
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    answers = subprocess.run(sys.argv[1], shell=True, input=lines, text=True, stdout=subprocess.PIPE, check=True).stdout
    answers = {answer["id"]: answer for answer in map(json.loads, answers.splitlines())}
    for question in questions:
        print(json.dumps({**question, **answers[question["id"]]}, ensure_ascii=False))


if __name__ == "__main__":
    main()
