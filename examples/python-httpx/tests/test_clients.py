"""Calls of the API, by both clients."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from conftest import VECTORS, Clock, FakeServer, Reply, eventually

from ssojet_m2m import ApiClient, AsyncApiClient, Config, SsojetError

OK = Reply(200, {"orders": []})


class Blocking:
    """Makes calls by an `AsyncApiClient` as one makes them by an `ApiClient`."""

    def __init__(self, config: Config) -> None:
        self.client = AsyncApiClient(config)
        self.loop = asyncio.new_event_loop()
        self.tokens = self.client.tokens

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Makes a call and waits for it."""
        return self.loop.run_until_complete(
            self.client.request(method, path, **options)
        )

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Makes a call and waits for it."""
        return self.request("GET", path, **options)

    def close(self) -> None:
        """Closes client and loop."""
        self.loop.run_until_complete(self.client.aclose())
        self.loop.close()


@pytest.fixture(params=[ApiClient, Blocking])
def client(config: Config, clock: Clock, request: Any) -> Iterator[ApiClient]:
    """The client under test."""
    client = request.param(config)
    client.tokens._clock = clock
    yield client
    client.close()


def bearers(server: FakeServer) -> list[str | None]:
    """The `Authorization` of each request that a server has seen."""
    return [seen.headers.get("Authorization") for seen in server.seen]


def test_a_call_is_authorised(client: ApiClient, api: FakeServer) -> None:
    api.replies = [OK]
    response = client.get("/orders?page=2")
    assert response.json() == {"orders": []}
    assert [seen.path for seen in api.seen] == ["/v1/orders?page=2"]
    assert bearers(api) == ["Bearer token-1"]


def test_without_a_token_nothing_is_sent(
    client: ApiClient, api: FakeServer, token_endpoint: FakeServer
) -> None:
    token_endpoint.replies = [Reply(400, {"error": "invalid_scope"})]
    with pytest.raises(SsojetError, match="invalid_scope"):
        client.get("/orders")
    assert api.seen == []


def test_a_401_is_answered_by_another_token(client: ApiClient, api: FakeServer) -> None:
    api.refused = {"Bearer token-1"}
    response = client.request("POST", "/orders", json={"id": 1})
    assert [r.status_code for r in (*response.history, response)] == [401, 200]
    assert bearers(api) == ["Bearer token-1", "Bearer token-2"]
    first, second = api.seen
    assert first.method == second.method == "POST"
    assert first.body == second.body == b'{"id":1}'


def test_a_second_401_is_the_callers(
    client: ApiClient, api: FakeServer, clock: Clock
) -> None:
    api.replies = [Reply(401)]
    assert client.get("/orders").status_code == 401
    assert bearers(api) == ["Bearer token-1", "Bearer token-2"]
    assert client.get("/orders").status_code == 401  # too early for another token
    clock.now += 30
    assert client.get("/orders").status_code == 401
    assert bearers(api)[2:] == ["Bearer token-2", "Bearer token-2", "Bearer token-3"]


def test_a_body_that_is_gone_is_not_sent_again(
    config: Config, api: FakeServer, token_endpoint: FakeServer
) -> None:
    api.refused = {"Bearer token-1"}
    with ApiClient(config) as client:
        response = client.put("/orders", content=iter([b"abc"]))
        assert response.status_code == 401
        eventually(lambda: not client.tokens._renewal.running())
        assert len(token_endpoint.seen) == 1  # the next call asks for the next token
        assert client.get("/orders").status_code == 200


def test_other_failures_are_the_callers(client: ApiClient, api: FakeServer) -> None:
    api.replies = [Reply(503)]
    assert client.get("/orders").status_code == 503
    assert len(api.seen) == 1


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer mine"])
def test_the_callers_own_authorization_is_left_alone(
    client: ApiClient, api: FakeServer, header: str
) -> None:
    api.replies = [Reply(401)]
    client.get("/orders", headers={"authorization": header})
    client.get("/orders", auth=("a", "b"))
    assert bearers(api) == [header, "Basic YTpi"]


def test_the_token_goes_to_no_other_origin(
    client: ApiClient, api: FakeServer, elsewhere: FakeServer
) -> None:
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
    for hop in (*response.history, response):
        assert "Authorization" not in hop.request.headers


def test_the_token_goes_along_to_no_other_scheme(config: Config) -> None:
    headers = {"Authorization": "Bearer token-1"}
    hop = httpx.Request("GET", "https://127.0.0.1/", headers=headers)
    hop.extensions["ssojet_hops"] = [hop]
    with ApiClient(config) as client:
        (look_at,) = client.event_hooks["request"]
        look_at(hop)
    assert "Authorization" not in hop.headers


@pytest.mark.parametrize("row", VECTORS["paths"], ids=lambda row: row["name"])
def test_no_path_leads_the_token_elsewhere(
    client: ApiClient, elsewhere: FakeServer, row: dict[str, Any]
) -> None:
    decoy = elsewhere.url.removeprefix("http://")
    try:
        client.get(row["path"].replace("{decoy}", decoy))
    except httpx.InvalidURL:
        assert "\t" in row["path"]
    assert bearers(elsewhere) in ([], [None])


def test_errors_of_httpx_do_not_hold_the_token(
    client: ApiClient, api: FakeServer
) -> None:
    api.replies = [Reply(500)]
    with pytest.raises(httpx.HTTPStatusError) as caught:
        client.get("/orders").raise_for_status()
    assert "Authorization" not in caught.value.request.headers
    api.replies = [Reply(307, headers={"Location": "/late"}), Reply(drip_s=1)]
    with pytest.raises(httpx.ReadTimeout) as late:
        client.get("/orders", timeout=0.1, follow_redirects=True)
    assert late.value.request.url.path == "/late"
    assert "Authorization" not in late.value.request.headers


def test_the_environment_changes_no_call(
    config: Config, api: FakeServer, elsewhere: FakeServer, monkeypatch: Any
) -> None:
    monkeypatch.setenv("HTTP_PROXY", elsewhere.url)  # not for plain http
    monkeypatch.setenv("ALL_PROXY", elsewhere.url)
    with ApiClient(config) as client:
        client.get("/orders")
    assert bearers(api) == ["Bearer token-1"]
    assert elsewhere.seen == []


def test_calls_that_are_refused_at_once_share_one_new_token(
    config: Config, api: FakeServer, token_endpoint: FakeServer
) -> None:
    token_endpoint.replies[1].drip_s = 0.002
    api.refused = {"Bearer token-1"}

    async def calls() -> list[httpx.Response]:
        async with AsyncApiClient(config) as client:
            await client.get_token()
            return await asyncio.gather(*(client.get("/orders") for _ in range(5)))

    with ApiClient(config) as client, ThreadPoolExecutor(5) as pool:
        client.tokens.get_token()
        responses = list(pool.map(client.get, ["/orders"] * 5))
    assert [response.status_code for response in responses] == [200] * 5
    assert len(token_endpoint.seen) == 2
    api.refused = {"Bearer token-3"}
    token_endpoint.replies.append(Reply(200, {"access_token": "token-4"}, drip_s=0.002))
    responses = asyncio.run(calls())
    assert [response.status_code for response in responses] == [200] * 5
    assert len(token_endpoint.seen) == 4


@pytest.mark.parametrize("given_up", [[0], [1], [0, 1, 2]])
def test_a_task_that_gives_up_disturbs_no_other(
    config: Config, token_endpoint: FakeServer, given_up: list[int]
) -> None:
    token_endpoint.replies[0].drip_s = 0.002

    async def calls() -> None:
        async with AsyncApiClient(config) as client:
            tasks = [asyncio.create_task(client.get("/orders")) for _ in range(3)]
            await asyncio.sleep(0.05)
            for number in given_up:
                tasks[number].cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            for number, result in enumerate(results):
                if number in given_up:
                    assert isinstance(result, asyncio.CancelledError)
                else:
                    assert isinstance(result, httpx.Response)
            assert (await client.get("/orders")).status_code == 200

    asyncio.run(calls())
    assert len(token_endpoint.seen) == 1
