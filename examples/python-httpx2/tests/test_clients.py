"""Calls of the API, by both clients."""

import asyncio
import io
import types

import httpx2
import pytest
from support import PROXIES, SECRET, VECTORS, Reply, bearers, printed

from ssojet_m2m import (
    ApiClient,
    AsyncApiClient,
    BearerAuth,
    SsojetError,
    TokenProvider,
    TransportError,
    limits,
)

OK = Reply(200, {"orders": []})


class Blocking:
    """Makes calls by an `AsyncApiClient` as one makes them by an `ApiClient`."""

    def __init__(self, config, **options):
        self.client = AsyncApiClient(config, **options)
        self.loop = asyncio.new_event_loop()
        self.tokens = self.client.tokens

    def request(self, method, path, **options):
        """Makes a call and waits for it."""
        return self.loop.run_until_complete(
            self.client.request(method, path, **options)
        )

    def get(self, path, **options):
        """Makes a GET."""
        return self.request("GET", path, **options)

    def close(self):
        """Closes client and loop."""
        self.loop.run_until_complete(self.client.aclose())
        self.loop.close()


@pytest.fixture(params=[ApiClient, Blocking])
def client(config, clock, request):
    """The client under test."""
    client = request.param(config, tokens=TokenProvider(config, clock))
    yield client
    client.close()


def test_a_call_is_authorised(client, api):
    api.replies = [OK]
    response = client.get("/orders?page=2")
    assert response.json() == {"orders": []}
    assert [seen.path for seen in api.seen] == ["/v1/orders?page=2"]
    assert bearers(api) == ["Bearer token-1"]


def test_a_401_is_answered_by_another_token(client, api):
    api.replies = [Reply(401, b"who are you?"), OK]
    response = client.request("POST", "/orders", json={"id": 1})
    (refusal,) = response.history
    assert (refusal.status_code, response.status_code) == (401, 200)
    assert refusal.text == "who are you?"
    assert refusal.request.headers["Authorization"] == "Bearer token-1"
    assert response.request.headers["Authorization"] == "Bearer token-2"
    assert bearers(api) == ["Bearer token-1", "Bearer token-2"]
    first, second = api.seen
    assert first.method == second.method == "POST"
    assert first.body == second.body == b'{"id":1}'


class Pipe(io.BytesIO):
    """A file that cannot be rewound."""

    def seekable(self):
        """Says so."""
        return False


@pytest.mark.parametrize(
    ("file", "times"), [(b"abc", 2), (io.BytesIO(b"abc"), 2), (Pipe(b"abc"), 1)]
)
def test_an_upload_is_sent_again_if_it_can_be(client, api, file, times):
    api.refused = {"Bearer token-1"}
    client.request("POST", "/orders", files={"file": file}, data={"name": "x"})
    assert len(api.seen) == times
    for seen in api.seen:
        assert b"\r\nabc\r\n" in seen.body
        assert seen.body == api.seen[0].body


def test_an_upload_that_can_only_be_read_is_sent_once(client, api):
    api.refused = {"Bearer token-1"}
    upload = types.SimpleNamespace(read=io.BytesIO(b"abc").read)
    response = client.request("POST", "/orders", files={"file": upload})
    assert (response.status_code, len(api.seen)) == (401, 1)


def test_a_request_may_be_sent_again_by_an_outer_layer(config, api, elsewhere):
    with ApiClient(config) as client:
        request = client.build_request("GET", "/orders")
        client.send(request)
        client.tokens.invalidate("token-1")
        client.send(request)
        request.url = httpx2.URL(elsewhere.url)
        client.send(request)
    assert bearers(api) == ["Bearer token-1", "Bearer token-2"]
    assert bearers(elsewhere) == [None]


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer mine"])
def test_the_callers_own_authorization_is_left_alone(client, api, header):
    api.replies = [Reply(401)]
    client.get("/orders", headers={"authorization": header})
    client.get("/orders", auth=("a", "b"))
    assert bearers(api) == [header, "Basic YTpi"]


def test_the_token_goes_to_no_other_origin(client, api, elsewhere):
    api.replies = [
        Reply(307, headers={"Location": "/again"}),
        Reply(307, headers={"Location": elsewhere.url}),
    ]
    elsewhere.replies = [Reply(401)]
    response = client.get("/orders", follow_redirects=True)
    assert response.status_code == 401
    assert client.get(f"{elsewhere.url}/orders").status_code == 401
    assert bearers(elsewhere) == [None, None]
    assert bearers(api) == ["Bearer token-1"] * 2
    assert client.tokens.get_token() == "token-1"  # nobody has refused it


@pytest.mark.parametrize(
    ("link", "is_authorised"),
    [
        ("https://api.example.com:443/x", True),
        ("HTTPS://API.example.com/x", True),
        ("https://api.example.com:444/x", False),
        ("http://api.example.com/x", False),
    ],
)
@pytest.mark.parametrize("port", ["", ":443"])
def test_the_default_port_is_the_same_written_or_not(config, port, link, is_authorised):
    auth = BearerAuth(TokenProvider(config), f"https://api.example.com{port}/v1")
    request = next(auth.sync_auth_flow(httpx2.Request("GET", link)))
    assert ("Authorization" in request.headers) == is_authorised


@pytest.mark.parametrize("row", VECTORS["paths"], ids=lambda row: row["name"])
def test_no_path_leads_the_token_elsewhere(client, elsewhere, row):
    decoy = elsewhere.url.removeprefix("http://")
    try:
        client.get(row["path"].replace("{decoy}", decoy))
    except httpx2.InvalidURL:
        assert "\t" in row["path"]
    assert bearers(elsewhere) in ([], [None])


def test_no_frame_of_an_error_shows_the_token(client, api, token_endpoint):
    api.replies = [Reply(500)]
    with pytest.raises(httpx2.HTTPStatusError) as caught:
        client.get("/orders").raise_for_status()
    assert "token-1" not in printed(caught.value)
    api.replies = [Reply(401)]
    token_endpoint.replies = [Reply(400, {"error": "invalid_scope"})]
    with pytest.raises(SsojetError, match="invalid_scope") as refused:
        client.get("/orders")
    assert "token-1" not in printed(refused.value)
    assert SECRET not in printed(refused.value)


@pytest.mark.parametrize(("variable", "value"), PROXIES)
@pytest.mark.parametrize("kind", [ApiClient, Blocking])
def test_proxy_variables_are_not_for_plain_http(
    config, api, monkeypatch, kind, variable, value
):
    monkeypatch.setenv(variable, value)
    client = kind(config)
    assert client.get("/orders").status_code == 200
    client.close()
    assert bearers(api) == ["Bearer token-1"]


@pytest.mark.parametrize("kind", [ApiClient, Blocking])
def test_options_are_those_of_the_library(config, kind):
    hooks = {"request": [], "response": []}
    client = kind(config, timeout=7, headers={"X-Team": "orders"}, event_hooks=hooks)
    inner = getattr(client, "client", client)
    assert inner.timeout == httpx2.Timeout(7)
    assert inner.headers["X-Team"] == "orders"
    inner.event_hooks = {}  # switches nothing of ours off
    assert client.get("/orders").request.headers["Authorization"] == "Bearer token-1"
    client.close()
    for mistake in ({"no_such_option": True}, {"base_url": "https://example.com"}):
        with pytest.raises(TypeError):
            kind(config, **mistake)


def test_clients_may_share_a_token(config, token_endpoint):
    tokens = TokenProvider(config)
    for _ in range(3):
        with ApiClient(config, tokens=tokens) as client:
            client.get("/orders")
    assert len(token_endpoint.seen) == 1


def test_both_requests_go_through_what_mocks_replace(
    config, token_endpoint, api, monkeypatch
):
    sent = []

    def handle(_, request):
        sent.append(request)
        answer = {"access_token": "of-a-mock"} if request.method == "POST" else {}
        return httpx2.Response(200, json=answer)

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", handle)
    with ApiClient(config) as client:
        client.get("/orders")
    assert [request.method for request in sent] == ["POST", "GET"]
    assert sent[1].headers["Authorization"] == "Bearer of-a-mock"
    assert token_endpoint.seen == api.seen == []


def test_nobody_waits_longer_than_the_limit(config, token_endpoint, monkeypatch):
    monkeypatch.setattr(limits, "TOTAL_S", 0.1)
    token_endpoint.replies = [Reply(drip_s=0.05)]

    async def call():
        async with AsyncApiClient(config) as client:
            await client.get("/orders")

    with pytest.raises(TransportError, match="out of time"):
        asyncio.run(call())


def test_a_task_that_gives_up_disturbs_no_other(config, token_endpoint):
    token_endpoint.replies[0].drip_s = 0.002

    async def calls():
        async with AsyncApiClient(config) as client:
            first, second = [
                asyncio.create_task(client.get("/orders")) for _ in range(2)
            ]
            await asyncio.sleep(0.05)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            assert (await second).status_code == 200

    asyncio.run(calls())
    assert len(token_endpoint.seen) == 1
