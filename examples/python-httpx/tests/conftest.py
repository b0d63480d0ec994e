"""A token endpoint and an API on loopback, which answer what a test tells them to."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from ssojet_m2m import Config, TokenProvider, limits

SECRET = "not-a-real-secret"
VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_bytes())


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
    def form(self) -> dict[str, str]:
        """Fields of the body."""
        fields = parse_qs(self.body.decode(), strict_parsing=True)
        return {name: value for name, (value,) in fields.items()}


class FakeServer(ThreadingHTTPServer):
    """Gives its replies in order, the last one for ever, but 401 to `refused`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.replies: list[Reply] = [Reply()]
        self.refused: set[str] = set()
        self.seen: list[Seen] = []

    def handle_error(self, *_: Any) -> None:
        """Prints nothing: a client may well go away."""


class Handler(BaseHTTPRequestHandler):
    """Answers any method and path with the server's next reply."""

    server: FakeServer

    def handle_one_request(self) -> None:
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
        self.write("\r\n".join([*lines, "", ""]).encode() + body, reply.drip_s)

    def write(self, data: bytes, drip_s: float) -> None:
        """Sends at once, or byte by byte."""
        if not drip_s:
            self.wfile.write(data)
            return
        for byte in data:
            self.wfile.write(bytes([byte]))
            time.sleep(drip_s)


def encoded(value: Any) -> bytes:
    """Gives the JSON of a value."""
    return json.dumps(value).encode()


def token(name: str, lifetime_s: float = 3600) -> Reply:
    """A good answer of the token endpoint."""
    return Reply(body={"access_token": name, "expires_in": lifetime_s})


def eventually(is_so: Callable[[], bool]) -> None:
    """Waits for what happens in the background."""
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        """Reads the clock."""
        return self.now


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BACKOFFS_S", (0.01, 0.01))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def _serve() -> Iterator[FakeServer]:
    with FakeServer() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


token_endpoint = pytest.fixture(_serve, name="token_endpoint")
api = pytest.fixture(_serve, name="api")
elsewhere = pytest.fixture(_serve, name="elsewhere")


@pytest.fixture
def config(token_endpoint: FakeServer, api: FakeServer) -> Config:
    """Settings that lead to the two servers."""
    token_endpoint.replies = [token("token-1"), token("token-2"), token("token-3")]
    return Config(
        client_id="cli_example",
        client_secret=SECRET,
        api_url=f"{api.url}/v1/",
        token_url=f"{token_endpoint.url}/oauth/token?tenant=acme",
    )


@pytest.fixture
def clock() -> Clock:
    """The clock of `tokens`."""
    return Clock()


@pytest.fixture
def tokens(config: Config, clock: Clock) -> TokenProvider:
    """A provider that has sent nothing yet."""
    return TokenProvider(config, clock)
