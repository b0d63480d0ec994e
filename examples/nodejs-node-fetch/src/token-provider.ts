import { AsyncLocalStorage } from "node:async_hooks";
// Not setTimeout by name: node:test and Sinon replace the member of the module.
import timers from "node:timers/promises";
import type { Config } from "./config.ts";
import { SsojetError, toTransportError } from "./errors.ts";
import * as limits from "./limits.ts";
import { buildTokenRequest, parseTokenResponse } from "./token-request.ts";
import { createTokenTransport, type TokenTransport, type TransportOptions } from "./transport.ts";

export interface GetTokenOptions {
  /** Ends the wait of this caller alone. */
  signal?: AbortSignal | null | undefined;
}

/** Where a client has its tokens from: a TokenProvider, or a stub in your tests. */
export interface TokenSource {
  getToken(options?: GetTokenOptions): Promise<string>;
  /** Forgets this token, unless another is held by now. */
  invalidate(token: string): void;
  /** After a 401 to this token: whether to send the request once more, with what getToken gives. */
  handleUnauthorized(rejectedToken: string): boolean;
}

export interface TokenProviderOptions extends TransportOptions {
  /** Milliseconds on a clock that never goes back; for tests. */
  now?: (() => number) | undefined;
}

interface HeldToken {
  accessToken: string;
  earlyAt: number;
  expiresAt: number;
}

/** The getting of a token that is under way, shared by all who wait for it. */
interface Renewal {
  tokenPromise: Promise<string>;
  waiters: number;
  abandonment: AbortController;
  abandonmentTimer?: NodeJS.Timeout;
}

/** Runs a function outside every request: what all share is not for one caller's trace or log context. */
const runOutsideRequests = AsyncLocalStorage.snapshot();

/** What to do with the cache: serve the held token or wait, and whether to start a renewal. */
export function decide(
  now: number,
  held: Pick<HeldToken, "earlyAt" | "expiresAt"> | undefined,
  isRenewing: boolean,
  pausedUntil: number,
): { use: boolean; renew: boolean } {
  if (!held || now >= held.expiresAt) return { use: false, renew: !isRenewing };
  const isEarly = now >= held.earlyAt;
  const isPaused = now < pausedUntil;
  return { use: true, renew: isEarly && !isRenewing && !isPaused };
}

/** Gets, caches and renews the token. Several clients can share one. */
export class TokenProvider implements TokenSource {
  readonly #config: Config;
  readonly #send: TokenTransport;
  readonly #now: () => number;
  #held: HeldToken | undefined;
  #renewal: Renewal | undefined;
  #pausedUntil = -Infinity;
  #rejectedAt = -Infinity;

  constructor(config: Config, options: TokenProviderOptions = {}) {
    this.#config = config;
    this.#send = createTokenTransport(options);
    this.#now = options.now ?? (() => performance.now());
  }

  async getToken({ signal }: GetTokenOptions = {}): Promise<string> {
    signal?.throwIfAborted();
    const held = this.#held;
    const isRenewing = this.#renewal !== undefined;
    const { use, renew } = decide(this.#now(), held, isRenewing, this.#pausedUntil);
    if (renew) this.#startRenewal();
    if (held && use) return held.accessToken;
    return this.#waitFor(this.#renewal ?? this.#startRenewal(), signal);
  }

  invalidate(token: string): void {
    if (this.#held?.accessToken === token) this.#held = undefined;
  }

  handleUnauthorized(rejectedToken: string): boolean {
    const holdsAnother = this.#held && this.#held.accessToken !== rejectedToken;
    const awaitsAnother = this.#renewal && !this.#holdsLiveToken();
    if (holdsAnother || awaitsAnother) return true;
    // An API that rejects new tokens as well must not cause a token request for each call.
    const now = this.#now();
    if (now < this.#rejectedAt + limits.REJECTION_WINDOW_MS) return false;
    if (this.#held) this.#rejectedAt = now;
    this.#held = undefined;
    if (!this.#renewal) this.#startRenewal();
    return true;
  }

  #holdsLiveToken(): boolean {
    return this.#held !== undefined && this.#now() < this.#held.expiresAt;
  }

  async #waitFor(renewal: Renewal, signal: GetTokenOptions["signal"]): Promise<string> {
    renewal.waiters += 1;
    clearTimeout(renewal.abandonmentTimer);
    try {
      return await abortable(renewal.tokenPromise, signal);
    } catch (error) {
      throw error instanceof SsojetError ? error.copy() : error;
    } finally {
      renewal.waiters -= 1;
      if (renewal.waiters === 0 && this.#renewal === renewal) {
        // The next caller may want its token yet, but it must not keep the process alive.
        const end = () => this.#end(renewal);
        renewal.abandonmentTimer = setTimeout(end, limits.ABANDONED_LIMIT_MS).unref();
      }
    }
  }

  #startRenewal(): Renewal {
    const abandonment = new AbortController();
    const tokenPromise = runOutsideRequests(() => this.#renew(abandonment.signal));
    const renewal: Renewal = { tokenPromise, waiters: 0, abandonment };
    this.#renewal = renewal;
    // Before anybody waits: a caller who has just heard of a failure must not find this renewal again.
    tokenPromise.finally(() => this.#end(renewal)).catch(() => {});
    return renewal;
  }

  #end(renewal: Renewal): void {
    clearTimeout(renewal.abandonmentTimer);
    renewal.abandonment.abort();
    if (this.#renewal === renewal) this.#renewal = undefined;
  }

  async #renew(abandoned: AbortSignal): Promise<string> {
    const deadline = this.#now() + limits.GETTING_LIMIT_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#held = await this.#requestToken(deadline, abandoned);
        this.#pausedUntil = -Infinity;
        return this.#held.accessToken;
      } catch (error) {
        abandoned.throwIfAborted();
        const isOurs = error instanceof SsojetError;
        const failure = isOurs ? error : toTransportError(error, this.#config.tokenHost);
        // A renewal is one try as long as the held token can be served. If that has expired or
        // was dropped meanwhile, callers wait here, and this goes on as for a cold cache.
        const isSpare = this.#holdsLiveToken();
        if (isSpare) {
          // Already here: a 401 that drops the held token now must not wait for this one.
          this.#renewal = undefined;
          this.#pauseRenewalsAndWarn(failure);
        }
        const isLast = attempt === limits.MAX_TRIES;
        if (isSpare || isLast || !failure.retryable) throw failure;
        const waitMs = this.#waitBeforeRetry(failure, attempt, deadline);
        await timers.setTimeout(waitMs, undefined, { signal: abandoned });
      }
    }
  }

  /** One try. */
  async #requestToken(deadline: number, abandoned: AbortSignal): Promise<HeldToken> {
    const config = this.#config;
    const endsAt = Math.min(this.#now() + limits.TRY_LIMIT_MS, deadline);
    const limited = <T>(who: string, task: (signal: AbortSignal) => Promise<T>) =>
      withLimit(endsAt - this.#now(), who, abandoned, task);

    const secret = await limited("the clientSecret function", () => config.readSecret());
    const request = buildTokenRequest(config, secret);
    const sentAt = this.#now();
    const response = await limited(`the token endpoint at ${config.tokenHost}`, (signal) =>
      this.#send(request, signal),
    );
    const { accessToken, lifeMs } = parseTokenResponse(response, config, secret);
    const expiresAt = sentAt + lifeMs;
    if (this.#now() >= expiresAt) {
      const details = { tokenEndpointStatus: response.status, retryable: true };
      throw new SsojetError("transport", "the token expired on its way", details);
    }
    const earlyMs = Math.min(limits.EARLY_WINDOW_MS, lifeMs / 10);
    return { accessToken, earlyAt: expiresAt - earlyMs, expiresAt };
  }

  #waitBeforeRetry(failure: SsojetError, attempt: number, deadline: number): number {
    const jitterMs = Math.random() * limits.FIRST_WAIT_MS * 2 ** (attempt - 1);
    const waitMs = failure.retryAfterMs ?? jitterMs;
    if (this.#now() + waitMs < deadline) return waitMs;
    const note = `; there is no time for a wait of ${Math.ceil(waitMs / 1000)} s`;
    throw new SsojetError(failure.kind, failure.message + note, failure);
  }

  #pauseRenewalsAndWarn({ message, retryAfterMs = 0 }: SsojetError): void {
    this.#pausedUntil = this.#now() + Math.max(limits.RENEWAL_PAUSE_MS, retryAfterMs);
    const { clientId, tokenHost } = this.#config;
    const origin = message.includes(tokenHost) ? "" : ` from ${tokenHost}`;
    process.emitWarning(`no new token for ${clientId}${origin}: ${message}`, "SsojetWarning");
  }
}

/** Waits for a promise until the signal fires; the promise itself goes on. */
function abortable<T>(promise: Promise<T>, signal?: AbortSignal | null): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Gives a task some time, or until `stop` fires, and does not rely on the task to heed its signal. */
async function withLimit<T>(
  limitMs: number,
  who: string,
  stop: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const signal = AbortSignal.any([stop, end.signal]);
  const limit = timers.setTimeout(Math.max(1, limitMs), undefined, { signal }).then(() => {
    const message = `out of time: ${who} gave no answer`;
    throw new SsojetError("transport", message, { retryable: true });
  });
  try {
    return await Promise.race([task(signal), limit]);
  } finally {
    end.abort();
  }
}
