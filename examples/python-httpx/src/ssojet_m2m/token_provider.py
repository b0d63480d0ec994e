"""Holds one token, and renews it by one request at a time for all callers."""

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import RLock, Thread
from typing import NamedTuple, TypeVar

from . import limits
from .config import Config
from .errors import ProtocolError, SsojetError, TransportError
from .transport import request_token

T = TypeVar("T")
Clock = Callable[[], float]


class Held(NamedTuple):
    """A token, in a future that hides it; times are readings of the clock."""

    token: Future[str]
    early_at: float
    expires_at: float


def decide(
    now: float, held: Held | None, renewing: bool, paused_until: float
) -> tuple[bool, bool]:
    """Whether the held token is served (or the renewal waited for), and whether one
    is started. This is all that is decided about the cache."""
    if held is None or now >= held.expires_at:
        return False, not renewing
    return True, not renewing and now >= max(held.early_at, paused_until)


class TokenProvider:
    """Gives the access token; threads may share it."""

    def __init__(self, config: Config, clock: Clock = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._lock = RLock()
        self._held: Held | None = None
        self._renewal: Future[str] = Future()
        self._paused_until = self._window_ends_at = 0.0

    def get_token(self) -> str:
        """Gives the held token, or waits for a new one."""
        return self.claim().result()

    def claim(self) -> Future[str]:
        """Gives what `get_token` waits for."""
        with self._lock:
            now, renewing = self._clock(), self._renewal.running()
            use, renew = decide(now, self._held, renewing, self._paused_until)
            if renew:
                self._renewal = _beside(self._renew)
            return self._held.token if use and self._held else self._renewal

    def invalidate(self, token: str) -> None:
        """Forgets this token; if another one is held by now, that stays."""
        with self._lock:
            if self._held and self._held.token.result() == token:
                self._held = None

    def refused(self, token: str, can_resend: bool) -> bool:
        """To be told of a 401 of the API; whether to send again with `get_token()`."""
        with self._lock:
            held, renewing = self._held, self._renewal.running()
            if held.token.result() == token if held else not renewing:
                if self._clock() < self._window_ends_at:
                    return False
                self._window_ends_at = self._clock() + limits.REFUSAL_WINDOW_S
                self._held = None
                if can_resend:
                    self.claim()  # within the lock, so that others find it under way
            return can_resend

    def _renew(self) -> str:
        """Tries three times, but once as long as the held token can be served."""
        ends_at = self._clock() + limits.TOTAL_S
        backoffs_s = iter(limits.BACKOFFS_S)
        # The errors go on without their traceback, whose variables hold the secret.
        while True:
            try:
                return self._try(ends_at)
            except SsojetError as error:
                now, held, wait_s = self._clock(), self._held, error.retry_after
                if held and now < held.expires_at:
                    self._paused_until = now + max(limits.PAUSE_S, wait_s or 0)
                    raise error.with_traceback(None) from None
                backoff_s = next(backoffs_s, None)
                if not error.retryable or backoff_s is None:
                    raise error.with_traceback(None) from None
                wait_s = random.uniform(0, backoff_s) if wait_s is None else wait_s
                if now + wait_s >= ends_at:
                    error.args = (f"{error}; no time to wait {wait_s:.0f} s",)
                    raise error.with_traceback(None) from None
                time.sleep(wait_s)

    def _try(self, ends_at: float) -> str:
        sent_at = self._clock()
        limit_s = max(min(limits.TRY_S, ends_at - sent_at), 0.001)
        attempt = _beside(lambda: request_token(self._config, limit_s))
        if attempt not in wait([attempt], limit_s).done:
            raise TransportError("no answer from the token endpoint in time")
        token, life_s = attempt.result()
        expires_at = sent_at + life_s
        if self._clock() >= expires_at:
            raise ProtocolError("the token had expired before it arrived")
        early_at = expires_at - min(limits.EARLY_S, life_s / 10)
        with self._lock:
            self._held = Held(self._renewal, early_at, expires_at)
            self._paused_until = 0
        return token


def _beside(task: Callable[[], T]) -> Future[T]:
    """Runs a task in a thread that can be abandoned, even by the end of the program.

    The timeout of an HTTP library is for one read, so only this bounds a whole request.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # no waiter can cancel it for the others

    def run() -> None:
        try:
            future.set_result(task())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future
