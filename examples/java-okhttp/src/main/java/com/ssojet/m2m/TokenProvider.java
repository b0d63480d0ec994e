package com.ssojet.m2m;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Fetches tokens and keeps one. However many threads ask, one fetch is under way at a time. It runs
 * on a daemon thread of its own, so a caller who gives up takes nothing from the others.
 */
public final class TokenProvider implements TokenSource {
  private static final System.Logger LOG = System.getLogger("com.ssojet.m2m");

  /** So that the clock starts at 0 and 0 lies in the past: System.nanoTime may start anywhere. */
  private static final long CLOCK_START = System.nanoTime();

  private final M2mConfig config;
  private final TokenRequest.Transport transport;
  private final LongSupplier clock;

  /** Nothing is waited for under it, so no virtual thread is pinned. */
  private final transient Object lock = new Object();

  // All under the lock. Transient: a JSON library that reads private fields would print the token.
  private transient Token held;
  private transient CompletableFuture<String> tokenFuture; // the fetch under way, or null
  private long fetchEndsAt;
  private long pausedUntil;
  private long refusalsIgnoredUntil;

  public TokenProvider(M2mConfig config, TokenRequest.Transport transport) {
    this(config, transport, () -> System.nanoTime() - CLOCK_START);
  }

  TokenProvider(M2mConfig config, TokenRequest.Transport transport, LongSupplier clock) {
    this.config = config;
    this.transport = transport;
    this.clock = clock;
  }

  @Override
  public String token(Duration atMost) throws InterruptedException, TimeoutException {
    return await(start(next()), atMost);
  }

  @Override
  public CompletableFuture<String> tokenAsync() {
    return ofTheirOwn(start(next()));
  }

  @Override
  public void invalidate(String token) {
    synchronized (lock) {
      if (held != null && held.value().equals(token)) held = null;
    }
  }

  @Override
  public Optional<CompletableFuture<String>> handleUnauthorized(String refusedToken) {
    Next next;
    synchronized (lock) {
      long now = clock.getAsLong();
      boolean isHeldServed = decide(now, held, true, 0).use();
      boolean isAnotherOnItsWay = !isHeldServed && isFetching(now);
      boolean isAnotherHeld = isHeldServed && !held.value().equals(refusedToken);
      if (!isAnotherHeld && !isAnotherOnItsWay) {
        // the API refuses new tokens too, so yet another would not help
        if (now < refusalsIgnoredUntil) return Optional.empty();
        // a 401 that has dropped no token does not count
        if (held != null) refusalsIgnoredUntil = now + Limits.REFUSAL_WINDOW.toNanos();
        held = null;
      }
      // still under the lock: whoever sees the token dropped also sees the next one on its way
      next = next();
    }
    return Optional.of(ofTheirOwn(start(next)));
  }

  /** A token; its times are of the monotonic clock, in nanoseconds. */
  record Token(String value, long earlyAt, long expiresAt) {
    @Override
    public String toString() {
      return "Token[hidden]"; // a record prints its fields by itself
    }
  }

  record Decision(boolean use, boolean renew) {}

  /** Whether the held token is served (else the fetch is awaited), and whether to start a fetch. */
  static Decision decide(long now, Token held, boolean renewing, long pausedUntil) {
    boolean isServed = held != null && now < held.expiresAt();
    boolean isRenewedEarly = isServed && now >= held.earlyAt() && now >= pausedUntil;
    return new Decision(isServed, !renewing && (!isServed || isRenewedEarly));
  }

  /** The token for a caller, and the fetch that is to be started for it, or null. */
  private record Next(CompletableFuture<String> token, CompletableFuture<String> newFetch) {}

  private Next next() {
    synchronized (lock) {
      long now = clock.getAsLong();
      Decision decision = decide(now, held, isFetching(now), pausedUntil);
      CompletableFuture<String> newFetch = decision.renew() ? new CompletableFuture<>() : null;
      if (newFetch != null) {
        tokenFuture = newFetch;
        fetchEndsAt = now + Limits.TOKEN_WAIT.toNanos();
      }
      if (!decision.use()) return new Next(tokenFuture, newFetch);
      return new Next(CompletableFuture.completedFuture(held.value()), newFetch);
    }
  }

  /**
   * Called under the lock. A StackOverflowError or OutOfMemoryError can keep a fetch from its end:
   * it counts no longer than it may take, and then another replaces it.
   */
  private boolean isFetching(long now) {
    return tokenFuture != null && now < fetchEndsAt;
  }

  /**
   * A caller's own future, which nobody else cancels or fails with. It completes on another thread
   * than the fetch: what the caller does next keeps no other caller waiting.
   */
  private static CompletableFuture<String> ofTheirOwn(CompletableFuture<String> token) {
    if (token.isDone() && !token.isCompletedExceptionally()) return token.copy();
    return token.handleAsync(
        (value, failure) -> {
          if (failure == null) return value;
          throw M2mException.noAnswer("the token source", failure).forThisCaller("");
        },
        Background.CALLERS);
  }

  static String await(CompletableFuture<String> token, Duration atMost)
      throws InterruptedException, TimeoutException {
    try {
      return token.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failure) {
      throw M2mException.noAnswer("the token source", failure).forThisCaller("");
    }
  }

  /** Outside the lock, as is the report that no thread could be started. */
  private CompletableFuture<String> start(Next next) {
    CompletableFuture<String> fetch = next.newFetch();
    try {
      if (fetch != null) Background.start("ssojet-m2m-fetch", () -> fetchToken(fetch));
    } catch (Throwable noThread) { // an OutOfMemoryError, mostly
      fail(fetch, M2mException.noAnswer(endpoint(), noThread), true);
    }
    return next.token();
  }

  private void fetchToken(CompletableFuture<String> fetch) {
    long deadline = clock.getAsLong() + Limits.ALL_TRIES.toNanos();
    long wait = 0;
    for (int tries = 1; !fetch.isDone(); tries++) {
      try {
        TimeUnit.NANOSECONDS.sleep(wait);
        succeed(fetch, requestToken(deadline));
      } catch (Throwable thrown) { // whatever it is, those who wait are told
        M2mException failure = M2mException.noAnswer(endpoint(), thrown);
        wait = waitBeforeNextTry(tries, failure);
        boolean mayBeTriedAgain = failure.retryable() && tries < Limits.TRIES;
        boolean isTimeLeft = clock.getAsLong() + wait < deadline;
        if (mayBeTriedAgain && !isTimeLeft) {
          failure = failure.forThisCaller("; not tried again, as the wait for that is too long");
        }
        fail(fetch, failure, !mayBeTriedAgain || !isTimeLeft);
      }
    }
  }

  private static long waitBeforeNextTry(int tries, M2mException failure) {
    long longest = Limits.FIRST_WAIT.toNanos() << (tries - 1);
    long random = ThreadLocalRandom.current().nextLong(longest);
    return failure.retryAfter().map(Duration::toNanos).orElse(random);
  }

  private void succeed(CompletableFuture<String> fetch, Token token) {
    synchronized (lock) {
      boolean isReplaced = tokenFuture != fetch;
      if (!isReplaced) {
        held = token;
        pausedUntil = 0;
        tokenFuture = null;
      }
    }
    fetch.complete(token.value());
  }

  /**
   * Ends the fetch after its last try, or after any where the held token is still served or another
   * fetch has replaced this one.
   */
  private void fail(CompletableFuture<String> fetch, M2mException failure, boolean isLastTry) {
    boolean isHeldServed;
    synchronized (lock) {
      long now = clock.getAsLong();
      boolean isReplaced = tokenFuture != fetch;
      isHeldServed = !isReplaced && decide(now, held, true, 0).use();
      if (!isLastTry && !isHeldServed && !isReplaced) return;
      if (!isReplaced) {
        long asked = failure.retryAfter().map(Duration::toNanos).orElse(0L);
        pausedUntil = now + Math.max(asked, Limits.RENEWAL_PAUSE.toNanos());
        tokenFuture = null;
      }
    }
    fetch.completeExceptionally(failure);
    if (isHeldServed) { // outside the lock, since a logger may use this very client
      String message = "no new token for client " + config.clientId + ", the old one is used on";
      LOG.log(System.Logger.Level.WARNING, message, failure);
    }
  }

  private Token requestToken(long deadline) throws InterruptedException {
    String function = "the function for " + M2mConfig.CLIENT_SECRET;
    long timeLeft = deadline - clock.getAsLong();
    String secret = Background.callWithin(timeLeft, function, config::currentSecret);
    TokenRequest request = TokenRequest.buildTokenRequest(config, secret);
    long sentAt = clock.getAsLong();
    long limit = Math.min(Limits.ONE_TRY.toNanos(), deadline - sentAt);
    TokenResponse answer = Background.callWithin(limit, endpoint(), () -> transport.send(request));
    return answer.parseTokenResponse(sentAt, clock.getAsLong());
  }

  private String endpoint() {
    return "the token endpoint at " + config.tokenUrl.getHost();
  }
}
