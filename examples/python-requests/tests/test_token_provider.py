"""How a token is got, kept, renewed and dropped."""

import json
import socket
import threading
import time
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from conftest import SECRET, VECTORS, Clock, FakeServer, Reply, eventually, token

from ssojet_m2m import Config, SsojetError, TokenProvider, limits, token_provider
from ssojet_m2m.errors import OAuthError, ProtocolError, TransportError
from ssojet_m2m.token_provider import Held, decide

UNAVAILABLE = Reply(503)
REFUSAL = Reply(401, {"error": "invalid_client", "error_description": "Who are you?"})


@pytest.mark.parametrize("row", VECTORS["decisions"], ids=lambda row: row["name"])
def test_decisions(row: dict[str, Any]) -> None:
    held = Held(Future(), **row["held"]) if row["held"] else None
    decision = decide(row["now"], held, row["renewing"], row["paused_until"])
    assert decision == (row["use"], row["renew"])


def test_a_token_is_asked_for_once(
    tokens: TokenProvider, token_endpoint: FakeServer
) -> None:
    assert token_endpoint.seen == []
    assert [tokens.get_token(), tokens.get_token()] == ["token-1", "token-1"]
    (seen,) = token_endpoint.seen
    assert (seen.method, seen.path) == ("POST", "/oauth/token?tenant=acme")
    assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert seen.headers["User-Agent"].startswith("ssojet-m2m-python/")
    assert seen.form["client_secret"] == SECRET
    assert "Authorization" not in seen.headers


def test_an_expired_token_is_replaced(tokens: TokenProvider, clock: Clock) -> None:
    tokens.get_token()
    clock.now += 3600
    assert tokens.get_token() == "token-2"


def test_a_life_begins_before_the_request(
    tokens: TokenProvider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_request(*_: Any) -> tuple[str, int]:
        clock.now += 5
        return "token-1", 5

    monkeypatch.setattr(token_provider, "request_token", slow_request)
    with pytest.raises(ProtocolError, match="expired before it arrived") as caught:
        tokens.get_token()
    assert caught.value.status == 200


def test_an_invalidated_token_is_replaced(tokens: TokenProvider) -> None:
    tokens.invalidate(tokens.get_token())
    assert tokens.get_token() == "token-2"
    tokens.invalidate("token-1")
    assert tokens.get_token() == "token-2"


def test_callers_at_once_share_one_request(
    tokens: TokenProvider, token_endpoint: FakeServer
) -> None:
    token_endpoint.replies[0].drip_s = 0.002
    with ThreadPoolExecutor(10) as pool:
        given = [pool.submit(tokens.get_token) for _ in range(10)]
    assert {future.result() for future in given} == {"token-1"}
    assert len(token_endpoint.seen) == 1


def test_callers_at_once_share_one_error(
    tokens: TokenProvider, token_endpoint: FakeServer
) -> None:
    slow_refusal = Reply(401, REFUSAL.body, drip_s=0.002)
    token_endpoint.replies = [slow_refusal, token("token-1")]
    with ThreadPoolExecutor(10) as pool:
        given = [pool.submit(tokens.get_token) for _ in range(10)]
    assert all(isinstance(future.exception(), OAuthError) for future in given)
    assert len(token_endpoint.seen) == 1
    assert tokens.get_token() == "token-1"  # a failure is not kept


def test_an_ageing_token_is_renewed_in_the_background(
    tokens: TokenProvider, token_endpoint: FakeServer, clock: Clock
) -> None:
    tokens.get_token()
    clock.now += 3600 - 60
    assert tokens.get_token() == "token-1"
    eventually(lambda: tokens.get_token() == "token-2")
    assert len(token_endpoint.seen) == 2


@pytest.mark.parametrize(("retry_after", "pause_s"), [("1", 30), ("50", 50)])
def test_a_failed_early_renewal_is_tried_again_after_a_pause(
    tokens: TokenProvider,
    token_endpoint: FakeServer,
    clock: Clock,
    retry_after: str,
    pause_s: float,
) -> None:
    token_endpoint.replies[1] = Reply(503, headers={"Retry-After": retry_after})
    tokens.get_token()
    clock.now += 3600 - 60
    tokens.get_token()
    eventually(lambda: not tokens._renewal.running())
    clock.now += pause_s - 1
    assert tokens.get_token() == "token-1"
    eventually(lambda: not tokens._renewal.running())
    assert len(token_endpoint.seen) == 2
    clock.now += 1
    assert tokens.get_token() == "token-1"
    eventually(lambda: tokens.get_token() == "token-3")


def test_an_unavailable_endpoint_is_asked_three_times(
    tokens: TokenProvider, token_endpoint: FakeServer
) -> None:
    token_endpoint.replies = [UNAVAILABLE, UNAVAILABLE, token("token-1")]
    assert tokens.get_token() == "token-1"
    token_endpoint.replies = [UNAVAILABLE]
    tokens.invalidate("token-1")
    with pytest.raises(TransportError) as caught:
        tokens.get_token()
    assert caught.value.status == 503
    assert len(token_endpoint.seen) == 6


def test_a_refusal_is_final(tokens: TokenProvider, token_endpoint: FakeServer) -> None:
    token_endpoint.replies = [REFUSAL]
    with pytest.raises(OAuthError, match="Who are you"):
        tokens.get_token()
    assert len(token_endpoint.seen) == 1


def test_a_wait_that_is_too_long_is_not_begun(
    tokens: TokenProvider, token_endpoint: FakeServer
) -> None:
    token_endpoint.replies = [Reply(429, headers={"Retry-After": "30"})]
    with pytest.raises(TransportError, match="no time to wait 30 s"):
        tokens.get_token()
    assert len(token_endpoint.seen) == 1


def test_a_redirect_is_not_followed(
    tokens: TokenProvider, token_endpoint: FakeServer, elsewhere: FakeServer
) -> None:
    for location in (elsewhere.url, "http://broken:port/"):
        token_endpoint.replies = [Reply(307, headers={"Location": location})]
        with pytest.raises(ProtocolError, match="check SSOJET_TOKEN_URL"):
            tokens.get_token()
    assert elsewhere.seen == []
    assert len(token_endpoint.seen) == 2


@pytest.mark.parametrize("status", [200, 503])
def test_a_body_that_ends_early_or_never_is_given_up(
    tokens: TokenProvider, token_endpoint: FakeServer, status: int
) -> None:
    good = token("token-1").body
    cut_off = Reply(status, good, {"Content-Length": "1000"})
    too_long = Reply(status, json.dumps(good).encode() + b" " * limits.BODY_BYTES)
    for reply in (cut_off, too_long):
        token_endpoint.replies = [reply]
        with pytest.raises(SsojetError) as caught:
            tokens.get_token()
        assert caught.value.retryable == (status == 503)


def test_an_endpoint_that_drips_is_cut_off(
    tokens: TokenProvider, token_endpoint: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TRY_S", 0.1)
    monkeypatch.setattr(limits, "BACKOFFS_S", ())
    token_endpoint.replies[0].drip_s = 0.05
    started_at = time.monotonic()
    with pytest.raises(TransportError, match="in time"):
        tokens.get_token()
    assert time.monotonic() - started_at < 5
    assert [t for t in threading.enumerate() if not t.daemon] == [
        threading.main_thread()  # what goes on beside keeps no program from ending
    ]


def test_no_form_of_an_error_shows_the_secret(config: Config) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        config = Config("cli_example", SECRET, config.api_url, url)
        with pytest.raises(TransportError, match="refused") as caught:
            TokenProvider(config).get_token()
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert SECRET not in "".join(shown.format()) + repr(error) + str(vars(error))


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
def test_a_secret_that_is_no_text_is_not_shown_either(
    config: Config, method: str
) -> None:
    url = config.token_url
    config = Config("id", f"{SECRET}\udcff", config.api_url, url, auth_method=method)
    with pytest.raises(TransportError) as caught:
        TokenProvider(config).get_token()
    assert SECRET not in repr(caught.value)


def test_the_environment_adds_nothing(
    tokens: TokenProvider,
    token_endpoint: FakeServer,
    elsewhere: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", elsewhere.url)  # not for plain http
    monkeypatch.setenv("ALL_PROXY", elsewhere.url)
    tokens.get_token()
    assert "Authorization" not in token_endpoint.seen[0].headers
    assert elsewhere.seen == []
