"""Servers on loopback that answer what they are told to, and other help for tests."""

import json
import os
import select
import signal
import time
import traceback
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

SECRET = "not-a-real-secret"
VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_bytes())
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
PROXIES = [  # that a library may not be able to use, or not reach
    ("ALL_PROXY", "socks5://127.0.0.1:1"),
    ("ALL_PROXY", "socks://127.0.0.1:1"),
    ("NO_PROXY", "[::1]"),
    ("HTTP_PROXY", "http://127.0.0.1:1"),
    ("HTTPS_PROXY", "http://127.0.0.1:1"),
]


@dataclass
class Reply:
    """One answer. `drip_s` is a pause after each byte of it."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    drip_s: float = 0


@dataclass
class Seen:
    """One request."""

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def form(self):
        """Fields of the body."""
        fields = parse_qs(self.body.decode(), strict_parsing=True)
        return {name: value for name, (value,) in fields.items()}


class FakeServer(ThreadingHTTPServer):
    """Gives its replies in order, the last one for ever, but 401 to `refused`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.replies = [Reply()]
        self.refused = set()
        self.seen = []

    def handle_error(self, *_):
        """Prints nothing: a client may well go away."""


class Handler(BaseHTTPRequestHandler):
    """Answers any method and path with the server's next reply."""

    server: FakeServer

    def handle_one_request(self):
        """Takes one request off the connection."""
        self.raw_requestline = self.rfile.readline()
        self.close_connection = True
        if not self.raw_requestline or not self.parse_request():
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        while "Transfer-Encoding" in self.headers and not body.endswith(b"0\r\n\r\n"):
            body += self.rfile.readline()
        self.server.seen.append(Seen(self.command, self.path, self.headers, body))
        replies = self.server.replies
        if self.headers.get("Authorization") in self.server.refused:
            reply = Reply(401)
        else:
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        body = reply.body if isinstance(reply.body, bytes) else encoded(reply.body)
        headers = {"Content-Length": str(len(body)), **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} Reply", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode()
        self.write(head + body, reply.drip_s)

    def write(self, data, drip_s):
        """Sends at once, or byte by byte."""
        if not drip_s:
            self.wfile.write(data)
            return
        for byte in data:
            self.wfile.write(bytes([byte]))
            time.sleep(drip_s)


def encoded(value):
    """Gives the JSON of a value."""
    return json.dumps(value).encode()


def token(name, lifetime_s=3600):
    """A good answer of the token endpoint."""
    return Reply(body={"access_token": name, "expires_in": lifetime_s})


def eventually(is_so):
    """Waits for what happens in the background."""
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self):
        """Reads the clock."""
        return self.now


def in_child(task):
    """Runs a task in a forked process, and gives what it returns."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, task().encode())
        finally:
            os._exit(0)
    os.close(writer)
    is_done, _, _ = select.select([reader], [], [], 10)
    if not is_done:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        return answer.read()


def bearers(server):
    """Gives the `Authorization` of each request that a server has seen."""
    return [seen.headers.get("Authorization") for seen in server.seen]


def printed(error):
    """Gives what an error reporter might print of an error: variables of frames too.

    Those of the test itself are left out, which knows the secret.
    """
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    for frame in shown.stack:
        if Path(frame.filename).parent == Path(__file__).parent:
            frame.locals = None
    return "".join([*shown.format(), repr(error), str(vars(error))])
