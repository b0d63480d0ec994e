"""The cost of the held token beside a bare lock and clock compare."""

import json
import threading
import time
from collections.abc import Callable

from ssojet_m2m import Config, TokenProvider

ROUNDS, CALLS = 300, 5_000

tokens = TokenProvider(Config.from_env())
token = tokens.get_token()
lock = threading.Lock()
expires_at = time.monotonic() + 3600


def bare() -> str | None:
    with lock:
        return token if time.monotonic() < expires_at else None


def ns_per_call(function: Callable[[], str | None]) -> float:
    began = time.perf_counter_ns()
    for _ in range(CALLS):
        function()
    return (time.perf_counter_ns() - began) / CALLS


pairs = [(ns_per_call(tokens.get_token), ns_per_call(bare)) for _ in range(ROUNDS)]
ours, beside = zip(*pairs)
print(json.dumps({"ours_ns": min(ours), "bare_ns": min(beside)}))
