"""What is sent to the token endpoint, and how its answer is read."""

import dataclasses
import json
import time
from base64 import b64decode
from urllib.parse import unquote_plus

import pytest
from support import SECRET, VECTORS, encoded

from ssojet_m2m import (
    Config,
    OAuthError,
    ProtocolError,
    Secret,
    SsojetError,
    TransportError,
    limits,
)
from ssojet_m2m.token_request import build_token_request, parse_token_response

CONFIG = Config("cli_example", Secret(SECRET), "https://api.example.com")
ERRORS = {"oauth": OAuthError, "protocol": ProtocolError}


def parse(status, body, **headers):
    """Reads an answer to a request with `SECRET`."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    token, life_s = parse_token_response(CONFIG, Secret(SECRET), status, names, body)
    return token.reveal(), life_s


def refusal(status, body, **headers):
    """Gives the error that an answer is read as."""
    with pytest.raises(SsojetError) as caught:
        parse(status, encoded(body), **headers)
    return caught.value


def test_scope_and_audience_are_sent_only_when_set():
    config = dataclasses.replace(CONFIG, scope=" a \t\n b\u00a0", audience="orders")
    form, headers = build_token_request(config, Secret(SECRET))
    assert form == {
        "grant_type": "client_credentials",
        "scope": "a b",
        "audience": "orders",
        "client_id": "cli_example",
        "client_secret": SECRET,
    }
    assert set(headers) == {"Accept", "User-Agent"}
    form, _ = build_token_request(dataclasses.replace(CONFIG, scope=" "), Secret("s"))
    assert set(form) == {"grant_type", "client_id", "client_secret"}


@pytest.mark.parametrize("row", VECTORS["credentials"], ids=lambda row: row["name"])
def test_basic_credentials(row):
    client_id, secret = row["client_id"], Secret(row["client_secret"])
    basic = dataclasses.replace(
        CONFIG, client_id=client_id, auth_method="client_secret_basic"
    )
    form, headers = build_token_request(basic, secret)
    assert form == {"grant_type": "client_credentials"}
    scheme, _, value = headers["Authorization"].partition(" ")
    sent_id, _, sent_secret = b64decode(value).decode().partition(":")
    assert scheme == "Basic"
    assert sent_id in row["client_id_encoded"]
    assert sent_secret in row["client_secret_encoded"]
    assert unquote_plus(sent_secret) == secret.reveal()


@pytest.mark.parametrize("row", VECTORS["responses"], ids=lambda row: row["name"])
def test_answers_of_status_200(row):
    body, headers = row["body"].encode(), {"Content_Type": "application/json"}
    if "error" not in row:
        assert parse(200, body, **headers) == (row["token"], row["lifetime_s"])
        return
    with pytest.raises(ERRORS[row["error"]]) as caught:
        parse(200, body, **headers)
    assert row.get("mentions", "") in str(caught.value)
    assert caught.value.status == 200
    assert not caught.value.retryable


def test_an_oauth_error_is_told_in_full():
    error = refusal(401, {"error": "invalid_client", "error_description": "Who?"})
    assert isinstance(error, OAuthError)
    assert (error.error, error.error_description) == ("invalid_client", "Who?")
    assert (error.error_uri, error.status, error.retryable) == (None, 401, False)
    assert "Who?" in str(error)
    assert "client_secret_basic" in str(error)  # the method that was not tried


def test_an_oauth_error_does_not_echo_secrets():
    echo = f"{'x' * 300}\x1b[31m{SECRET[:4]}\x00{SECRET[4:]} is wrong"
    error = refusal(400, {"error": "invalid_request", "error_description": echo})
    assert isinstance(error, OAuthError)
    assert error.error_description == "[removed]"
    assert SECRET not in json.dumps([str(error), repr(error), vars(error)])
    long = refusal(400, {"error": "x" * 300, "access_token": "x"})
    assert isinstance(long, OAuthError)
    assert long.error == "x" * 256  # short texts like that token are no secrets
    surrogate = refusal(400, {"error": "invalid_scope", "error_uri": "\ud800"})
    assert isinstance(surrogate, OAuthError)
    assert surrogate.error_uri is None  # it could not be printed


def test_an_unavailable_endpoint_may_be_asked_again():
    error = refusal(503, "down for maintenance", Retry_After="7")
    assert isinstance(error, TransportError)
    assert (error.status, error.retryable, error.retry_after) == (503, True, 7)
    assert "maintenance" not in str(error)
    assert "api.ssojet.com answered 503" in str(error)
    oauth = refusal(503, {"error": "temporarily_unavailable"})
    assert isinstance(oauth, OAuthError)
    assert oauth.retryable
    assert not refusal(425, "").retryable


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="cannot set the time zone")
@pytest.mark.parametrize("time_zone", ["America/New_York", "UTC", "Asia/Tokyo"])
@pytest.mark.parametrize(
    "form",
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"],
)
def test_retry_after_may_be_a_date_in_utc(form, time_zone, monkeypatch):
    date = time.strftime(form, time.gmtime(time.time() + 1000))
    monkeypatch.setenv("TZ", time_zone)
    time.tzset()
    try:
        wait_s = refusal(503, "", Retry_After=date).retry_after
    finally:
        monkeypatch.undo()
        time.tzset()
    assert wait_s == pytest.approx(1000, abs=10)


def test_other_forms_of_retry_after():
    past = refusal(503, "", Retry_After="Sun, 06 Nov 1994 08:49:37 GMT")
    assert past.retry_after == 0
    assert refusal(503, "", Retry_After="soon").retry_after is None
    assert refusal(503, "", Retry_After="9" * 400).retry_after == float("inf")


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (201, b'{"access_token": "token-1"}', "neither"),
        (200, b'{"access_token": "token-1", "expires_in": -1e999}', "expires_in"),
        (200, b"[" * limits.BODY_BYTES, "access_token"),
        (200, b'{"access_token": "token-1"}' + b" " * limits.BODY_BYTES, "1 MiB"),
        (200, None, "ended early"),
    ],
)
def test_other_answers_are_no_tokens(status, body, problem):
    with pytest.raises(ProtocolError, match=problem):
        parse(status, body)
