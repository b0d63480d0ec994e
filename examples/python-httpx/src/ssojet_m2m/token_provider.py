"""Holds one token, and renews it by one request at a time for all callers."""

import copy
import logging
import os
import random
import sys
import time
from concurrent.futures import Future
from contextvars import Context
from threading import RLock, Thread
from typing import NamedTuple
from weakref import WeakSet

from . import limits
from .config import Config
from .errors import SsojetError, TransportError
from .secret import Secret
from .token_request import Clock, token_host, transport_error
from .transport import RETRYABLE, request_token

logger = logging.getLogger(__name__)


class HeldToken(NamedTuple):
    """A token; the times are readings of the provider's clock."""

    value: Secret
    early_at: float
    expires_at: float


class TokenFuture(Future[Secret | SsojetError]):
    """A renewal under way. Its result is the token, or the error."""

    def __init__(self, deadline: float) -> None:
        super().__init__()
        self.deadline = deadline
        self.waits_for = "a thread"
        self.set_running_or_notify_cancel()  # no waiter can cancel it for the others


def decide(
    now: float, held: HeldToken | None, renewing: bool, paused_until: float
) -> tuple[bool, bool]:
    """Whether the held token is used (or else the renewal waited for), and whether one
    is started. This is all that is decided about the cache."""
    if held is None or now >= held.expires_at:
        return False, not renewing
    return True, not renewing and now >= held.early_at and now >= paused_until


class TokenProvider:
    """Gives the access token. Threads may share it, and so may several clients."""

    def __init__(self, config: Config, clock: Clock = time.monotonic) -> None:
        config.check()
        self._config = config
        self._clock = clock
        self._held: HeldToken | None = None
        self._renewal: TokenFuture | None = None
        self._paused_until = self._drop_window_ends_at = 0.0
        self._lock = RLock()
        _providers.add(self)

    def get_token(self) -> str:
        """Gives the held token, or waits for a new one, at most `limits.TOTAL_S`."""
        return self.wait_for(self.token_or_future())

    def invalidate(self, token: str) -> None:
        """Forgets this token; if another one is held by now, that stays."""
        with self._lock:
            if self._held and self._held.value.reveal() == token:
                self._held = None

    def token_or_future(self) -> Secret | TokenFuture:
        """Gives the held token or, if it cannot be used, the future of the next one."""
        held = self._held
        if held and self._clock() < held.early_at:
            return held.value  # most calls end here: nothing to decide, no lock
        self._give_up_overdue()
        with self._lock:
            now, renewing = self._clock(), self._renewal is not None
            use, renew = decide(now, self._held, renewing, self._paused_until)
            if renew:
                self._renewal = self._start_renewal(now)
            given = self._held.value if use and self._held else self._renewal
        assert given  # what is not held is being renewed
        return given

    def handle_unauthorized(self, token: str) -> Secret | TokenFuture | None:
        """To be told that the API answered 401 to this token.

        Gives what to send the request again with, or None if the 401 has to stand.
        """
        self._give_up_overdue()
        with self._lock:
            now, held = self._clock(), self._held
            if held and now < held.expires_at:
                if held.value.reveal() != token:
                    return held.value  # another one has been got meanwhile
            elif self._renewal:
                return self._renewal
            if now < self._drop_window_ends_at:
                return None  # an API that refuses all tokens costs one in 30 s
            if held:
                self._drop_window_ends_at = now + limits.DROP_WINDOW_S
            self._held = None
            self._renewal = self._renewal or self._start_renewal(now)
            return self._renewal

    def wait_for(self, given: Secret | TokenFuture) -> str:
        """Gives the token, once it is there."""
        if isinstance(given, Secret):
            return given.reveal()
        try:
            outcome = given.result(self.seconds_left(given))
        except TimeoutError:
            outcome = self.give_up(given)
        return token_of(outcome)

    def seconds_left(self, renewal: TokenFuture) -> float:
        """Gives for how long a renewal may be waited for."""
        return max(renewal.deadline - self._clock(), 0)

    def give_up(self, renewal: TokenFuture) -> Secret | SsojetError:
        """Ends a renewal whose time is over, and gives its result."""
        error = TransportError(f"out of time while waiting for {renewal.waits_for}")
        self._after_failure(renewal, error, None)
        return renewal.result()

    def _give_up_overdue(self) -> None:
        renewal = self._renewal
        if renewal and self.seconds_left(renewal) == 0:
            self.give_up(renewal)

    def _start_renewal(self, now: float) -> TokenFuture:
        renewal = TokenFuture(now + limits.TOTAL_S)
        # A daemon thread: it holds up neither a caller nor the end of the program.
        thread = Thread(target=self._renew, args=(renewal,), daemon=True)
        try:
            # In a context of its own, without the first caller's trace and the like.
            Context().run(thread.start)
        except RuntimeError as error:  # too many threads, or the interpreter is ending
            renewal.deadline, renewal.waits_for = now, f"a thread: {error}"
        return renewal

    def _renew(self, renewal: TokenFuture) -> None:
        """Tries up to three times. Whatever happens, it ends the renewal."""
        for backoff_s in (*limits.BACKOFFS_S, None):
            try:
                self._try_once(renewal)
                return
            except SsojetError as error:
                failure = error.with_traceback(None)  # its frames know the secret
            except BaseException as error:  # the library's, or that of a test's stub
                failure = transport_error(self._config, error, RETRYABLE)
            wait_s = self._after_failure(renewal, failure, backoff_s)
            if wait_s is None:
                return
            time.sleep(wait_s)

    def _try_once(self, renewal: TokenFuture) -> None:
        renewal.waits_for = "the function that gives the client secret"
        secret = self._config.read_secret()
        renewal.waits_for = token_host(self._config)
        sent_at = self._clock()
        limit_s = min(limits.TRY_S, self.seconds_left(renewal))
        if limit_s == 0:
            raise TransportError("out of time")  # nobody waits for it any more
        token, life_s = request_token(self._config, secret, limit_s, self._clock)
        expires_at = sent_at + life_s
        if self._clock() >= expires_at:
            raise TransportError("the token expired before it was read")
        early_at = expires_at - min(limits.EARLY_S, life_s / 10)
        with self._lock:
            if self._renewal is renewal:  # it has not been given up
                self._held = HeldToken(token, early_at, expires_at)
                self._renewal, self._paused_until = None, 0.0
                renewal.set_result(token)

    def _after_failure(
        self, renewal: TokenFuture, error: SsojetError, backoff_s: float | None
    ) -> float | None:
        """Gives the wait before the next try, or ends the renewal."""
        with self._lock:
            if self._renewal is not renewal:
                return None  # it has been given up
            now, held = self._clock(), self._held
            is_held_used = held is not None and now < held.expires_at
            left_s = self.seconds_left(renewal)
            wait_s = None if is_held_used else _wait_s(error, backoff_s, left_s)
            if wait_s is None:
                self._renewal = None
                self._paused_until = now + max(limits.PAUSE_S, error.retry_after or 0)
                renewal.set_result(error)
        if is_held_used:  # logged without the lock: a log handler may use this client
            text = "client %s got no new access token at %s and uses the held one: %s"
            client_id, host = self._config.client_id, token_host(self._config)
            logger.warning(text, client_id, host, error)
        return wait_s


def token_of(outcome: Secret | SsojetError) -> str:
    """Gives the token that a renewal has ended with, or raises its error."""
    if isinstance(outcome, SsojetError):
        # A copy, so that each caller has a traceback of their own.
        raise copy.copy(outcome) from outcome.__cause__
    return outcome.reveal()


def _wait_s(error: SsojetError, backoff_s: float | None, left_s: float) -> float | None:
    """How long to wait before the next try; None if there is to be none."""
    if backoff_s is None or not error.retryable:
        return None
    wait_s = error.retry_after
    if wait_s is None:
        wait_s = random.uniform(0, backoff_s)
    if wait_s >= left_s:
        error.args = (f"{error}; no time to wait {wait_s:.0f} s",)
        return None
    return wait_s


_providers: WeakSet[TokenProvider] = WeakSet()


def _after_fork_in_child() -> None:
    """The parent's threads do not exist here: none renews, and none holds the lock."""
    for provider in _providers:
        provider._renewal, provider._lock = None, RLock()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork_in_child)
