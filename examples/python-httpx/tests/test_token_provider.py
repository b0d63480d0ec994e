"""How a token is got, kept, renewed and dropped."""

import contextvars
import dataclasses
import json
import logging
import socket
import sys
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest
from support import (
    PROXIES,
    SECRET,
    VECTORS,
    Reply,
    eventually,
    in_child,
    printed,
    token,
)

from ssojet_m2m import (
    ConfigurationError,
    OAuthError,
    Secret,
    SsojetError,
    TokenProvider,
    TransportError,
    limits,
    token_provider,
)
from ssojet_m2m.token_provider import HeldToken, decide


@pytest.mark.parametrize("row", VECTORS["decisions"], ids=lambda row: row["name"])
def test_decisions(row):
    held = HeldToken(Secret("token"), **row["held"]) if row["held"] else None
    decision = decide(row["now"], held, row["renewing"], row["paused_until"])
    assert decision == (row["use"], row["renew"])


def test_a_token_is_asked_for_once(tokens, token_endpoint):
    assert token_endpoint.seen == []
    assert [tokens.get_token(), tokens.get_token()] == ["token-1", "token-1"]
    (seen,) = token_endpoint.seen
    assert (seen.method, seen.path) == ("POST", "/oauth/token?tenant=acme")
    assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert seen.headers["User-Agent"].startswith("ssojet-m2m-python/")
    assert seen.form["client_secret"] == SECRET
    assert "Authorization" not in seen.headers


@pytest.mark.parametrize("try_that_is_slow", [0, 1])
def test_a_life_begins_before_the_request(tokens, clock, monkeypatch, try_that_is_slow):
    tries = iter(range(4))

    def request_token(*_):
        clock.now += 5 if next(tries) <= try_that_is_slow else 0  # or SIGSTOP
        return Secret("token-1"), 5

    monkeypatch.setattr(token_provider, "request_token", request_token)
    assert tokens.get_token() == "token-1"
    assert next(tries) == try_that_is_slow + 2


def test_an_invalidated_token_is_replaced(tokens):
    tokens.invalidate(tokens.get_token())
    assert tokens.get_token() == "token-2"
    tokens.invalidate("token-1")
    assert tokens.get_token() == "token-2"


def test_a_401_costs_at_most_one_token_in_30_s(tokens, clock):
    tokens.get_token()
    assert tokens.wait_for(tokens.handle_unauthorized("token-1")) == "token-2"
    assert tokens.wait_for(tokens.handle_unauthorized("token-1")) == "token-2"
    assert tokens.handle_unauthorized("token-2") is None
    clock.now += 30
    assert tokens.wait_for(tokens.handle_unauthorized("token-2")) == "token-3"


def test_a_401_costs_one_token_request_even_if_that_fails_at_once(
    tokens, token_endpoint, monkeypatch
):
    token_endpoint.replies[1] = Reply(401, {"error": "invalid_client"})
    tokens.get_token()
    lock = tokens._lock

    class LockThatIsLeftLate:
        def __enter__(self):
            lock.acquire()

        def __exit__(self, *_):
            lock.release()
            if threading.current_thread() is threading.main_thread():
                eventually(lambda: tokens._renewal is None)

    monkeypatch.setattr(tokens, "_lock", LockThatIsLeftLate())
    another = tokens.handle_unauthorized("token-1")
    with pytest.raises(OAuthError):
        tokens.wait_for(another)
    assert len(token_endpoint.seen) == 2


@pytest.mark.parametrize(("retry_after", "pause_s"), [("1", 30), ("50", 50)])
def test_a_failed_early_renewal_is_tried_again_after_a_pause(
    tokens, token_endpoint, clock, caplog, retry_after, pause_s
):
    token_endpoint.replies[1] = Reply(503, headers={"Retry-After": retry_after})
    tokens.get_token()
    clock.now += 3600 - 60
    tokens.get_token()
    eventually(lambda: bool(caplog.records))
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("ssojet_m2m.token_provider", "WARNING")
    assert "cli_example" in record.getMessage()
    assert tokens._config.token_url.split("/")[2] in record.getMessage()
    assert "503" in record.getMessage()
    clock.now += pause_s - 1
    assert tokens.get_token() == "token-1"
    eventually(lambda: tokens._renewal is None)
    assert len(token_endpoint.seen) == 2
    clock.now += 1
    assert tokens.get_token() == "token-1"
    eventually(lambda: tokens.get_token() == "token-3")


def test_nobody_waits_longer_than_the_limit(tokens, token_endpoint, monkeypatch):
    monkeypatch.setattr(limits, "TOTAL_S", 0.1)
    token_endpoint.replies = [Reply(drip_s=0.05), token("token-2")]
    with pytest.raises(TransportError, match=r"out of time.* 127\.0\.0\.1"):
        tokens.get_token()
    monkeypatch.setattr(limits, "TOTAL_S", 30)
    assert tokens.get_token() == "token-2"  # the other one goes on, in vain
    assert [t for t in threading.enumerate() if not t.daemon] == [
        threading.main_thread()  # and keeps no program from ending
    ]


def test_a_secret_function_that_hangs_is_named(config, token_endpoint, monkeypatch):
    monkeypatch.setattr(limits, "TOTAL_S", 0.1)
    is_late = Event()

    def client_secret():
        assert is_late.wait(10)
        return SECRET

    tokens = TokenProvider(dataclasses.replace(config, client_secret=client_secret))
    with pytest.raises(TransportError, match="function"):
        tokens.get_token()
    before = threading.active_count()
    is_late.set()
    eventually(lambda: threading.active_count() < before)
    assert token_endpoint.seen == []  # for nobody waits any more


def test_the_error_of_a_secret_function_is_the_cause(config):
    class VaultError(Exception):
        pass

    def client_secret():
        raise VaultError

    tokens = TokenProvider(dataclasses.replace(config, client_secret=client_secret))
    with pytest.raises(ConfigurationError, match="VaultError") as caught:
        tokens.get_token()
    assert isinstance(caught.value.__cause__, VaultError)
    assert not caught.value.retryable


def test_the_first_callers_context_does_not_go_along(config):
    trace = contextvars.ContextVar("trace", default="none")
    seen = []

    def client_secret():
        seen.append(trace.get())
        return SECRET

    tokens = TokenProvider(dataclasses.replace(config, client_secret=client_secret))
    trace.set("of the first caller")
    tokens.get_token()
    assert seen == ["none"]


@pytest.mark.parametrize("mistake", [AssertionError, SystemExit, KeyError])
def test_whatever_ends_a_renewal_ends_it_for_those_who_wait(
    tokens, monkeypatch, mistake
):
    def request_token(*_):
        raise mistake(SECRET)

    monkeypatch.setattr(token_provider, "request_token", request_token)
    with pytest.raises(TransportError, match=mistake.__name__) as caught:
        tokens.get_token()
    assert SECRET not in printed(caught.value)
    assert not caught.value.retryable
    monkeypatch.undo()
    assert tokens.get_token() == "token-1"


@pytest.mark.parametrize("is_held", [False, True])
def test_where_no_thread_can_be_had_the_held_token_is_used(
    tokens, clock, caplog, monkeypatch, is_held
):
    def start(_):
        raise RuntimeError("can't start new thread")

    if is_held:
        tokens.get_token()
        clock.now += 3600 - 60
    monkeypatch.setattr(Thread, "start", start)
    if is_held:
        assert [tokens.get_token(), tokens.get_token()] == ["token-1", "token-1"]
        assert "can't start new thread" in caplog.text
    else:
        with pytest.raises(TransportError, match="can't start new thread") as caught:
            tokens.get_token()
        assert caught.value.retryable
    monkeypatch.undo()
    clock.now += 30
    eventually(lambda: tokens.get_token() in ("token-1", "token-2"))


def test_a_log_handler_may_use_the_client(tokens, token_endpoint, clock):
    class Handler(logging.Handler):
        def emit(self, _):
            with ThreadPoolExecutor(1) as pool:  # another thread takes the lock
                given.append(pool.submit(tokens.get_token).result(5))

    given = []
    handler = Handler()
    token_provider.logger.addHandler(handler)
    try:
        token_endpoint.replies[1] = Reply(400)
        tokens.get_token()
        clock.now += 3600 - 60
        tokens.get_token()
        eventually(lambda: given == ["token-1"])
    finally:
        token_provider.logger.removeHandler(handler)


@pytest.mark.skipif(sys.platform == "win32", reason="has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
class TestFork:
    """A child has none of its parent's threads."""

    def test_while_a_token_is_fetched(self, tokens, token_endpoint):
        token_endpoint.replies[0].drip_s = 0.005
        caller = Thread(target=tokens.get_token)
        caller.start()
        eventually(lambda: len(token_endpoint.seen) == 1)
        assert in_child(tokens.get_token) == "token-2"
        caller.join()
        assert tokens.get_token() == "token-1"

    def test_while_the_lock_is_held(self, tokens):
        is_locked, is_over = Event(), Event()

        def hold():
            with tokens._lock:
                is_locked.set()
                is_over.wait(20)

        holder = Thread(target=hold)
        holder.start()
        is_locked.wait(10)
        assert in_child(tokens.get_token) == "token-1"
        is_over.set()
        holder.join()

    def test_while_a_held_token_is_renewed(self, tokens, token_endpoint, clock):
        tokens.get_token()
        token_endpoint.replies[0].drip_s = 0.005
        clock.now += 3600 - 60
        tokens.get_token()
        eventually(lambda: len(token_endpoint.seen) == 2)
        assert in_child(tokens.get_token) == "token-1"
        eventually(lambda: tokens.get_token() == "token-2")

    def test_after_a_token_was_fetched(self, tokens, token_endpoint):
        tokens.get_token()
        assert in_child(tokens.get_token) == "token-1"
        assert len(token_endpoint.seen) == 1


def test_no_form_of_a_provider_shows_secret_or_token(tokens):
    shown = tokens.get_token()
    forms = repr(tokens) + str(vars(tokens)) + json.dumps(vars(tokens), default=str)
    assert shown not in forms
    assert SECRET not in forms


def test_what_is_no_http_is_not_quoted(config, token_endpoint):
    token_endpoint.replies = [Reply(f"{SECRET} ")]
    with pytest.raises(TransportError, match="no answer from 127") as caught:
        TokenProvider(config).get_token()
    assert SECRET not in printed(caught.value)


def test_no_form_of_an_error_shows_the_secret(config, token_endpoint):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        refused = TokenProvider(dataclasses.replace(config, token_url=url))
        with pytest.raises(SsojetError, match="refused") as caught:
            refused.get_token()
    errors = [caught.value]
    echo = {"error": "invalid_client", "error_description": f"{SECRET}?"}
    bad_token = {"access_token": "a-token-that-is-good", "token_type": "DPoP"}
    for status, body in ((401, echo), (503, echo), (200, bad_token), (200, "page")):
        token_endpoint.replies = [Reply(status, body)]
        for method in ("client_secret_post", "client_secret_basic"):
            changed = dataclasses.replace(config, auth_method=method)
            with pytest.raises(SsojetError) as caught:
                TokenProvider(changed).get_token()
            errors.append(caught.value)
    for error in errors:
        assert error.__context__ is None
        for secret in (SECRET, b64encode(f"cli_example:{SECRET}".encode()).decode()):
            assert secret not in printed(error)
        assert "a-token-that-is-good" not in printed(error)


def test_callers_at_once_share_one_refusal(tokens, token_endpoint):
    refusal = Reply(401, {"error": "invalid_client"}, drip_s=0.002)
    token_endpoint.replies = [refusal, token("token-1")]
    with ThreadPoolExecutor(2) as pool:
        first, second = [pool.submit(tokens.get_token) for _ in range(2)]
    for future in (first, second):
        with pytest.raises(OAuthError):
            future.result()
    assert first.exception() is not second.exception()  # each has its own traceback
    assert len(token_endpoint.seen) == 1
    assert tokens.get_token() == "token-1"  # a failure is not kept


@pytest.mark.parametrize(("variable", "value"), PROXIES)
def test_proxy_variables(config, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert TokenProvider(config).get_token() == "token-1"  # http is for this machine
    url = "https://127.0.0.1:1/token"
    tokens = TokenProvider(dataclasses.replace(config, token_url=url))
    with pytest.raises(SsojetError) as caught:
        tokens.get_token()
    assert SECRET not in printed(caught.value)
