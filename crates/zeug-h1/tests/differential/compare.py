"""Mutated requests, judged by zeug, h11 and httptools: none may be accepted by zeug that both others refuse, and none may have another body.

`compare.py JUDGE COUNT SEED [CORPORA]`: JUDGE is the example `judge` of zeug-h1. `cargo xtask torture differential` runs it.
"""

import pathlib
import random
import re
import subprocess
import sys

import h11
import httptools

BATCH = 20_000

SEEDS = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://a.b:80/c?d=e HTTP/1.1\r\nHost: a.b:80\r\nAccept: */*\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HEAD /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Type: text/plain\r\n\r\n",
    b"PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA;q=\"x;y\"\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n",
    b"POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"GET /two HTTP/1.1\r\nHost: a\r\n\r\nGET /three HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\r\nGET /late HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=d\r\nX: y\r\n\r\n",
]

WORDS = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b"\x00", b"\x0b", b"\x0c", b"\x7f", b"\x80", b"\xff", b":", b";", b",", b"=", b'"', b"#", b"%", b"*", b"+",
    b"-", b"0", b"00", b"0x5", b"1", b"5", b"A", b"FFFFFFFFFFFFFFFF", b"9999999999999999999", b"chunked", b"identity", b"gzip", b"xchunked", b"close", b"keep-alive",
    b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Content-Length: 6\r\n", b"Content_Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding:\x0bchunked\r\n", b" folded\r\n", b"Host: b\r\n", b"Host:\r\n",
    b"Connection: close\r\n", b"Upgrade: x\r\n", b"HTTP/1.0", b"HTTP/1.1", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"http/1.1", b"GET", b"CONNECT", b"/", b"//", b"http://",
    b"@", b"[::1]", b":80", b"0\r\n\r\n", b"5\r\nhello\r\n", b";ext", b";ext=v", b';ext="v"',
]  # fmt: skip


def corpora(folder):
    """The requests of gunicorn's and llhttp's files, as far as they can be read simply."""
    written = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\"}

    def plain(text):
        return re.sub(r"\\(x[0-9a-fA-F]{2}|.)", lambda found: chr(int(found[1][1:], 16)) if found[1][0] == "x" and len(found[1]) == 3 else written.get(found[1], found[1]), text)

    for path in sorted(folder.glob("gunicorn/requests/*/*.http")):
        text = path.read_text("latin-1").replace("\r", "").replace("\n", "")
        yield plain(text).encode("latin-1", "replace")[:4000]
    for path in sorted(folder.glob("llhttp/request/*.md")):
        for block in re.findall(r"```http\n(.*?)\n```", path.read_text("utf-8"), re.S):
            yield plain(block.replace("\\\n", "").replace("\n", "\r\n")).encode("latin-1", "replace")[:4000]


def mutated(lot, seeds):
    wire = bytearray(lot.choice(seeds))
    for _ in range(lot.choice((1, 1, 1, 2, 2, 3, 5))):
        at = lot.randrange(len(wire) + 1)
        match lot.randrange(8):
            case 0:
                wire[at:at] = lot.choice(WORDS)
            case 1:
                wire[at : at + lot.randrange(1, 9)] = lot.choice(WORDS)
            case 2:
                del wire[at : at + lot.randrange(1, 6)]
            case 3 if at < len(wire):
                wire[at] ^= 1 << lot.randrange(8)
            case 4 if at < len(wire):
                wire[at] = lot.randrange(256)
            case 5:
                lines = bytes(wire).split(b"\r\n")
                one, other = lot.randrange(len(lines)), lot.randrange(len(lines))
                lines.insert(other, lines[one])
                wire = bytearray(b"\r\n".join(lines))
            case 6:
                lines = bytes(wire).split(b"\r\n")
                one = lot.randrange(len(lines))
                lines[one : one + 1] = [] if lot.random() < 0.5 else [lines[one].swapcase()]
                wire = bytearray(b"\r\n".join(lines))
            case 7:
                other = lot.choice(seeds)
                wire[at:] = other[lot.randrange(len(other) + 1) :]
    return bytes(wire)


def without_empty_lines(wire):
    """h11 does not skip the empty lines before a request, as RFC 9112 section 2.2 asks for: it is asked without as many as zeug skips."""
    for _ in range(4):
        wire = wire.removeprefix(b"\r\n")
    return wire


def asked_h11(wire):
    """The body of the first request, or None."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=65536)
    body = b""
    try:
        connection.receive_data(without_empty_lines(wire))
        while True:
            match connection.next_event():
                case h11.Data(data=data):
                    body += bytes(data)
                case h11.EndOfMessage():
                    return body
                case h11.Request():
                    pass
                case _:
                    return None
    except h11.RemoteProtocolError:
        return None


ANY = object()


class Listener:
    def __init__(self):
        self.body, self.whole = b"", False

    def on_body(self, piece):
        if not self.whole:
            self.body += piece

    def on_message_complete(self):
        self.whole = True


def asked_httptools(wire):
    """The body of the first request, or None."""
    listener = Listener()
    try:
        httptools.HttpRequestParser(listener).feed_data(wire)
    except httptools.HttpParserError:
        pass
    except httptools.HttpParserUpgrade:
        # Whatever follows is another protocol's to it, a body too.
        return ANY
    return listener.body if listener.whole else None


def checksum(body):
    total = 1
    for byte in body:
        total = (total * 31 + byte) & 0xFFFFFFFF
    return total


def main():
    judge, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    lot = random.Random(seed)
    seeds = SEEDS + (list(corpora(pathlib.Path(sys.argv[4]))) if len(sys.argv) > 4 else [])
    accepted = alone = otherwise = 0
    for begin in range(0, count, BATCH):
        wires = [mutated(lot, seeds) for _ in range(min(BATCH, count - begin))]
        asked = b"".join(len(wire).to_bytes(4, "big") + wire for wire in wires)
        said = subprocess.run([judge], input=asked, capture_output=True, check=True).stdout.decode().splitlines()
        assert len(said) == len(wires)
        for wire, line in zip(wires, said):
            if not line.startswith("accepted"):
                continue
            accepted += 1
            length, total = map(int, line.split()[1:])
            bodies = [asked_h11(wire), asked_httptools(wire)]
            found = [body for body in bodies if body is not None]
            if not found:
                alone += 1
                if alone <= 20:
                    print("ALONE", wire, file=sys.stderr)
            elif all((len(body), checksum(body)) != (length, total) for body in found if body is not ANY):
                otherwise += 1
                if otherwise <= 20:
                    print("OTHERWISE", wire, bodies, line, file=sys.stderr)
    print(f"seeds {len(seeds)} requests {count} accepted {accepted} alone {alone} otherwise {otherwise}")


main()
