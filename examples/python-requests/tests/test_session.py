"""Calls of the API."""

import dataclasses
import io

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter
from support import SECRET, VECTORS, Reply, bearers, eventually, printed

from ssojet_m2m import ApiSession, SsojetError, TokenProvider, limits

UNAUTHORISED = Reply(401)
OK = Reply(200, {"orders": []})


@pytest.fixture
def session(config, clock):
    """The session under test."""
    with ApiSession(config) as session:
        session.tokens._clock = clock
        yield session


def test_a_call_is_authorised(session, api):
    api.replies = [OK]
    response = session.get("/orders?page=2")
    assert response.json() == {"orders": []}
    assert [seen.path for seen in api.seen] == ["/v1/orders?page=2"]
    assert bearers(api) == ["Bearer token-1"]


def test_a_401_is_answered_by_another_token(session, api):
    api.replies = [Reply(401, b"who are you?"), OK]
    response = session.post("/orders", json={"id": 1})
    (refusal,) = response.history
    assert (refusal.status_code, response.status_code) == (401, 200)
    assert refusal.text == "who are you?"
    assert refusal.request.headers["Authorization"] == "Bearer token-1"
    assert response.request.headers["Authorization"] == "Bearer token-2"
    assert bearers(api) == ["Bearer token-1", "Bearer token-2"]
    first, second = api.seen
    assert first.method == second.method == "POST"
    assert second.body == first.body == b'{"id": 1}'


def test_a_body_is_sent_again_if_it_can_be(session, api, token_endpoint, clock):
    api.replies = [UNAUTHORISED, OK, UNAUTHORISED, OK]
    assert session.put("/orders", data=io.BytesIO(b"abc")).status_code == 200
    assert [seen.body for seen in api.seen] == [b"abc", b"abc"]
    clock.now += 30
    assert session.put("/orders", data=iter([b"abc"])).status_code == 401
    eventually(lambda: session.tokens._renewal is None)
    assert len(token_endpoint.seen) == 3  # it is there for the next call
    session.get("/orders")
    assert bearers(api)[2:] == ["Bearer token-2", "Bearer token-3"]


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer mine"])
def test_the_callers_own_authorization_is_left_alone(session, api, header):
    api.replies = [UNAUTHORISED]
    session.get("/orders", headers={"authorization": header})
    session.get("/orders", auth=("a", "b"))
    assert bearers(api) == [header, "Basic YTpi"]


def test_the_token_goes_to_no_other_origin(session, api, elsewhere):
    api.replies = [Reply(307, headers={"Location": f"{elsewhere.url}/a"})]
    elsewhere.replies = [Reply(307, headers={"Location": f"{api.url}/b"}), UNAUTHORISED]
    api.replies.append(Reply(307, headers={"Location": "/c"}))
    api.replies.append(OK)
    assert session.get("/orders").status_code == 200
    assert session.get(f"{elsewhere.url}/orders").status_code == 401
    assert bearers(elsewhere) == [None, None]
    assert bearers(api) == ["Bearer token-1"] * 3


@pytest.mark.parametrize("row", VECTORS["paths"], ids=lambda row: row["name"])
def test_no_path_leads_the_token_elsewhere(session, api, elsewhere, row):
    decoy = elsewhere.url.removeprefix("http://")
    session.get(row["path"].replace("{decoy}", decoy))
    assert bearers(elsewhere) in ([], [None])
    assert len(api.seen) + len(elsewhere.seen) == 1


@pytest.mark.parametrize(
    "link", ["https://api.example.com:443/x", "HTTPS://API.example.com/x"]
)
@pytest.mark.parametrize(
    "api_url", ["https://api.example.com", "https://api.example.com:443"]
)
def test_the_default_port_is_the_same_written_or_not(config, api_url, link):
    session = ApiSession(
        dataclasses.replace(config, api_url=api_url), tokens=TokenProvider(config)
    )
    request = session.prepare_request(requests.Request("GET", link))
    assert request.headers["Authorization"] == "Bearer token-1"
    other = "https://api.example.com:444/x"
    request = session.prepare_request(requests.Request("GET", other))
    assert "Authorization" not in request.headers


def test_no_frame_of_an_error_shows_the_token(session, api, token_endpoint):
    api.replies = [Reply(500)]
    with pytest.raises(requests.HTTPError) as caught:
        session.get("/orders").raise_for_status()
    assert "token-1" not in printed(caught.value)
    api.replies = [Reply(401)]
    token_endpoint.replies = [Reply(400, {"error": "invalid_scope"})]
    with pytest.raises(SsojetError, match="invalid_scope") as refused:
        session.get("/orders")
    assert "token-1" not in printed(refused.value)
    assert SECRET not in printed(refused.value)


def test_a_call_has_a_time_limit_unless_another_is_given(session, api, monkeypatch):
    given = []
    send = HTTPAdapter.send

    def recording_send(*args, **options):
        given.append(options["timeout"])
        return send(*args, **options)

    monkeypatch.setattr(limits, "API_S", 0.2)
    session.tokens.get_token()
    monkeypatch.setattr(HTTPAdapter, "send", recording_send)
    session.get("/orders")
    session.get("/orders", timeout=None)
    session.get("/orders", timeout=(1, 2))
    session.send(session.prepare_request(requests.Request("GET", "/orders")))
    assert given == [0.2, None, (1, 2), 0.2]
    api.replies = [Reply(drip_s=1)]
    with pytest.raises(requests.ReadTimeout):
        session.get("/orders")


def test_sessions_may_share_a_token(config, token_endpoint):
    tokens = TokenProvider(config)
    for _ in range(3):
        with ApiSession(config, tokens=tokens) as session:
            assert session.get("/orders").ok
    assert len(token_endpoint.seen) == 1


@pytest.mark.parametrize("entry", ["HTTPAdapter.send", "Session.get_adapter"])
def test_both_requests_go_through_what_mocks_replace(
    config, token_endpoint, api, entry, monkeypatch
):
    sent = []

    class Mock(HTTPAdapter):
        def send(self, request, *_, **__):
            sent.append(request)
            is_for_token = request.method == "POST"
            body = b'{"access_token": "of-a-mock"}' if is_for_token else b""
            response = requests.Response()
            response.status_code = 200
            response.raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False)
            response.request = request
            return response

    if entry == "HTTPAdapter.send":  # as responses does
        monkeypatch.setattr(HTTPAdapter, "send", Mock.send)
    else:  # as requests-mock does
        monkeypatch.setattr(requests.Session, "get_adapter", lambda *_, **__: Mock())
    assert ApiSession(config).get("/orders").ok
    assert [request.method for request in sent] == ["POST", "GET"]
    assert sent[1].headers["Authorization"] == "Bearer of-a-mock"
    assert token_endpoint.seen == api.seen == []


def test_the_environment_changes_no_call(config, api, elsewhere, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", elsewhere.url)  # not for plain http
    api.replies = [Reply(307, headers={"Location": "/again"}), OK]
    ApiSession(config).get("/orders")
    assert bearers(api) == ["Bearer token-1", "Bearer token-1"]
    assert elsewhere.seen == []


def test_a_prepared_request_may_be_sent_again(session, api, elsewhere):
    request = session.prepare_request(requests.Request("GET", "orders"))
    session.send(request)
    session.tokens.invalidate("token-1")
    session.send(request)
    request.url = elsewhere.url
    session.send(request)
    assert bearers(api) == ["Bearer token-1", "Bearer token-2"]
    assert bearers(elsewhere) == [None]
