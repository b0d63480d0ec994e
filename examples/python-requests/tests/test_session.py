"""Calls of the API."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from conftest import VECTORS, Clock, FakeServer, Reply, eventually

from ssojet_m2m import ApiSession, Config, SsojetError

UNAUTHORISED = Reply(401)
OK = Reply(200, {"orders": []})


@pytest.fixture
def session(config: Config, clock: Clock) -> Iterator[ApiSession]:
    """The session under test."""
    with ApiSession(config) as session:
        session.tokens._clock = clock
        yield session


def bearers(server: FakeServer) -> list[str | None]:
    """The `Authorization` of each request that a server has seen."""
    return [seen.headers.get("Authorization") for seen in server.seen]


def test_a_call_is_authorised(session: ApiSession, api: FakeServer) -> None:
    api.replies = [OK]
    response = session.get("/orders?page=2")
    assert response.json() == {"orders": []}
    assert [seen.path for seen in api.seen] == ["/v1/orders?page=2"]
    assert bearers(api) == ["Bearer token-1"]


def test_without_a_token_nothing_is_sent(
    session: ApiSession, api: FakeServer, token_endpoint: FakeServer
) -> None:
    token_endpoint.replies = [Reply(400, {"error": "invalid_scope"})]
    with pytest.raises(SsojetError, match="invalid_scope"):
        session.get("/orders")
    assert api.seen == []


def test_a_401_is_answered_by_another_token(
    session: ApiSession, api: FakeServer
) -> None:
    api.replies = [UNAUTHORISED, OK]
    response = session.post("/orders", json={"id": 1})
    assert [r.status_code for r in (*response.history, response)] == [401, 200]
    assert bearers(api) == ["Bearer token-1", "Bearer token-2"]
    first, second = api.seen
    assert first.method == second.method == "POST"
    assert second.body == first.body == b'{"id": 1}'


def test_a_second_401_is_the_callers(
    session: ApiSession, api: FakeServer, clock: Clock
) -> None:
    api.replies = [UNAUTHORISED]
    assert session.get("/orders").status_code == 401
    assert bearers(api) == ["Bearer token-1", "Bearer token-2"]
    assert session.get("/orders").status_code == 401  # too early for another token
    clock.now += 30
    assert session.get("/orders").status_code == 401
    assert bearers(api)[2:] == ["Bearer token-2", "Bearer token-2", "Bearer token-3"]


def test_a_body_is_sent_again_if_it_can_be(
    session: ApiSession, api: FakeServer, token_endpoint: FakeServer, clock: Clock
) -> None:
    api.replies = [UNAUTHORISED, OK, UNAUTHORISED, OK]
    assert session.put("/orders", data=io.BytesIO(b"abc")).status_code == 200
    assert [seen.body for seen in api.seen] == [b"abc", b"abc"]
    clock.now += 30
    assert session.put("/orders", data=iter([b"abc"])).status_code == 401
    eventually(lambda: not session.tokens._renewal.running())
    assert len(token_endpoint.seen) == 2  # the next call asks for the next token
    session.get("/orders")
    assert bearers(api)[2:] == ["Bearer token-2", "Bearer token-3"]


def test_calls_that_are_refused_at_once_share_one_new_token(
    session: ApiSession, api: FakeServer, token_endpoint: FakeServer
) -> None:
    session.tokens.get_token()
    token_endpoint.replies[0].drip_s = 0.002
    api.refused = {"Bearer token-1"}
    with ThreadPoolExecutor(5) as pool:
        responses = [pool.submit(session.get, "/orders") for _ in range(5)]
    assert [response.result().status_code for response in responses] == [200] * 5
    assert len(token_endpoint.seen) == 2


def test_other_failures_are_the_callers(session: ApiSession, api: FakeServer) -> None:
    api.replies = [Reply(503)]
    assert session.get("/orders").status_code == 503
    assert len(api.seen) == 1


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer mine"])
def test_the_callers_own_authorization_is_left_alone(
    session: ApiSession, api: FakeServer, header: str
) -> None:
    api.replies = [UNAUTHORISED]
    session.get("/orders", headers={"authorization": header})
    session.get("/orders", auth=("a", "b"))
    assert bearers(api) == [header, "Basic YTpi"]


def test_the_token_goes_to_no_other_origin(
    session: ApiSession, api: FakeServer, elsewhere: FakeServer
) -> None:
    api.replies = [Reply(307, headers={"Location": f"{elsewhere.url}/a"})]
    elsewhere.replies = [Reply(307, headers={"Location": f"{api.url}/b"}), UNAUTHORISED]
    api.replies.append(Reply(307, headers={"Location": "/c"}))
    api.replies.append(OK)
    assert session.get("/orders").status_code == 200
    assert session.get(f"{elsewhere.url}/orders").status_code == 401
    assert bearers(elsewhere) == [None, None]
    assert bearers(api) == ["Bearer token-1"] * 3


@pytest.mark.parametrize("row", VECTORS["paths"], ids=lambda row: row["name"])
def test_no_path_leads_the_token_elsewhere(
    session: ApiSession, api: FakeServer, elsewhere: FakeServer, row: dict[str, Any]
) -> None:
    decoy = elsewhere.url.removeprefix("http://")
    session.get(row["path"].replace("{decoy}", decoy))
    assert bearers(elsewhere) in ([], [None])
    assert len(api.seen) + len(elsewhere.seen) == 1


def test_errors_of_requests_do_not_hold_the_token(
    session: ApiSession, api: FakeServer
) -> None:
    api.replies = [Reply(500)]
    with pytest.raises(requests.HTTPError) as caught:
        session.get("/orders").raise_for_status()
    assert caught.value.response is not None
    assert "Authorization" not in caught.value.response.request.headers
    api.replies = [Reply(drip_s=1)]
    with pytest.raises(requests.ReadTimeout) as late:
        session.get("/orders", timeout=0.1)
    assert isinstance(late.value.request, requests.PreparedRequest)
    assert "Authorization" not in late.value.request.headers


def test_the_environment_changes_no_call(
    session: ApiSession,
    api: FakeServer,
    elsewhere: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", elsewhere.url)  # not for plain http
    api.replies = [Reply(307, headers={"Location": "/again"}), OK]
    session.get("/orders")
    assert bearers(api) == ["Bearer token-1", "Bearer token-1"]
    assert elsewhere.seen == []


def test_a_prepared_request_may_be_sent_again(
    session: ApiSession, api: FakeServer, elsewhere: FakeServer
) -> None:
    request = session.prepare_request(requests.Request("GET", "orders"))
    session.send(request)
    session.tokens.invalidate("token-1")
    session.send(request)
    request.url = elsewhere.url
    session.send(request)
    assert bearers(api) == ["Bearer token-1", "Bearer token-2"]
    assert bearers(elsewhere) == [None]
