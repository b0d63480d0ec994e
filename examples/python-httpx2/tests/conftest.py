"""A token endpoint, an API and what leads to them."""

from threading import Thread

import pytest
from support import PROXY_VARIABLES, SECRET, Clock, FakeServer, token

from ssojet_m2m import Config, Secret, TokenProvider, limits


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(limits, "BACKOFFS_S", (0.01, 0.01))
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def _serve():
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
def config(token_endpoint, api):
    """Settings that lead to the two servers."""
    token_endpoint.replies = [token("token-1"), token("token-2"), token("token-3")]
    return Config(
        client_id="cli_example",
        client_secret=Secret(SECRET),
        api_url=f"{api.url}/v1/",
        token_url=f"{token_endpoint.url}/oauth/token?tenant=acme",
    )


@pytest.fixture
def clock():
    """The clock of `tokens`."""
    return Clock()


@pytest.fixture
def tokens(config, clock):
    """A provider that has sent nothing yet."""
    return TokenProvider(config, clock)
