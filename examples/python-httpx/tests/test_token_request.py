"""What is sent to the token endpoint, and how its answer is read."""

import json
from base64 import b64decode
from typing import Any
from urllib.parse import unquote_plus

import pytest
from conftest import SECRET, VECTORS, encoded

from ssojet_m2m import Config, SsojetError, limits
from ssojet_m2m.errors import OAuthError, ProtocolError, TransportError
from ssojet_m2m.token_request import compose, read

API = "https://api.example.com"
CONFIG = Config("cli_example", SECRET, API)
ERRORS = {"oauth": OAuthError, "protocol": ProtocolError}


def test_scope_and_audience_are_sent_only_when_set() -> None:
    form, headers = compose(Config("id", SECRET, API, scope="a b", audience="orders"))
    assert form == {
        "grant_type": "client_credentials",
        "scope": "a b",
        "audience": "orders",
        "client_id": "id",
        "client_secret": SECRET,
    }
    assert set(headers) == {"Accept", "User-Agent"}
    assert set(compose(CONFIG)[0]) == {"grant_type", "client_id", "client_secret"}


@pytest.mark.parametrize("row", VECTORS["credentials"], ids=lambda row: row["name"])
def test_basic_credentials(row: dict[str, Any]) -> None:
    client_id, secret = row["client_id"], row["client_secret"]
    config = Config(client_id, secret, API, auth_method="client_secret_basic")
    form, headers = compose(config)
    assert form == {"grant_type": "client_credentials"}
    scheme, _, value = headers["Authorization"].partition(" ")
    sent_id, _, sent_secret = b64decode(value).decode().partition(":")
    assert scheme == "Basic"
    assert sent_id in row["client_id_encoded"]
    assert sent_secret in row["client_secret_encoded"]
    assert unquote_plus(sent_secret) == secret


@pytest.mark.parametrize("row", VECTORS["responses"], ids=lambda row: row["name"])
def test_answers_of_status_200(row: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/json"}
    if "error" not in row:
        answer = read(CONFIG, 200, headers, row["body"].encode())
        assert answer == (row["token"], row["lifetime_s"])
        return
    with pytest.raises(ERRORS[row["error"]]) as caught:
        read(CONFIG, 200, headers, row["body"].encode())
    assert row.get("mentions", "") in str(caught.value)
    assert caught.value.status == 200
    assert not caught.value.retryable


def refusal(status: int, body: Any, **headers: str) -> SsojetError:
    """The error that an answer is read as."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(SsojetError) as caught:
        read(CONFIG, status, names, encoded(body))
    return caught.value


def test_an_oauth_error_is_told_in_full() -> None:
    error = refusal(401, {"error": "invalid_client", "error_description": "Who?"})
    assert isinstance(error, OAuthError)
    assert (error.error, error.error_description) == ("invalid_client", "Who?")
    assert (error.error_uri, error.status, error.retryable) == (None, 401, False)
    assert "client_secret_basic" in str(error)  # the method that was not tried


def test_an_oauth_error_does_not_echo_secrets() -> None:
    echo = f"\x1b[31m{SECRET[:4]}\x00{SECRET[4:]} is wrong"
    error = refusal(400, {"error": "invalid_request", "error_description": echo})
    assert isinstance(error, OAuthError)
    assert error.error_description == "[removed]"
    assert SECRET not in json.dumps([str(error), repr(error), vars(error)])
    long = refusal(400, {"error": "x" * 300, "access_token": "x"})
    assert isinstance(long, OAuthError)
    assert long.error == "x" * 256  # short texts like that token are no secrets


def test_an_unavailable_endpoint_may_be_asked_again() -> None:
    error = refusal(503, "down for maintenance", Retry_After="7")
    assert isinstance(error, TransportError)
    assert (error.status, error.retryable, error.retry_after) == (503, True, 7)
    assert "maintenance" not in str(error)
    date = refusal(503, "", Retry_After="Fri, 01 Jan 2100 00:00:00 GMT").retry_after
    assert date is not None
    assert date > 10**9
    past = refusal(503, "", Retry_After="Sun, 06 Nov 1994 08:49:37 GMT")
    assert past.retry_after == 0
    assert refusal(503, "", Retry_After="soon").retry_after is None
    oauth = refusal(503, {"error": "temporarily_unavailable"})
    assert isinstance(oauth, OAuthError)
    assert oauth.retryable


@pytest.mark.parametrize("status", [302, 404, 405, 415])
def test_a_wrong_endpoint_is_recognised(status: int) -> None:
    assert "check SSOJET_TOKEN_URL" in str(refusal(status, {}))
    assert "check SSOJET_TOKEN_URL" in str(refusal(400, {}, Content_Type="text/html"))
    assert "check SSOJET_TOKEN_URL" not in str(refusal(400, {}))
    assert "check SSOJET_TOKEN_URL" not in str(
        refusal(502, {}, Content_Type="text/html")
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, b'{"access_token": "token-1"}'),
        (200, b'{"access_token": "token-1", "expires_in": -1e999}'),
        (200, b"[" * limits.BODY_BYTES),
        (200, b'{"access_token": "token-1"}' + b" " * limits.BODY_BYTES),
    ],
)
def test_other_answers_are_no_tokens(status: int, body: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(CONFIG, status, {}, body)
