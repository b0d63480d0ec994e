package com.ssojet.m2m;

import static com.ssojet.m2m.TestSupport.*;
import static org.junit.jupiter.api.Assertions.*;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.ssojet.m2m.M2mException.Kind;
import com.ssojet.m2m.TokenProvider.Decision;
import com.ssojet.m2m.TokenProvider.Token;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cache, with a clock that is set by hand and an endpoint that is a method. */
class TokenProviderTest {
  private final AtomicLong clock = new AtomicLong();
  private final List<TokenRequest> requests = new CopyOnWriteArrayList<>();
  private final TokenProvider tokens = provider(() -> SECRET);
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile Exception problem;
  private volatile int status = 200;

  private TokenProvider provider(Callable<String> secret) {
    return new TokenProvider(config(secret), this::answer, clock::get);
  }

  private static M2mConfig config(Callable<String> secret) {
    return M2mConfig.of("cli_example", secret, API);
  }

  /** Gives tokens that live 100 s: the last 10 are the early window. */
  private TokenResponse answer(TokenRequest request) throws Exception {
    requests.add(request);
    String token = "example-token-" + requests.size();
    gate.await();
    if (problem != null) throw problem;
    String body = "{\"access_token\":\"" + token + "\",\"expires_in\":100}";
    return new TokenResponse(request, status, name -> null, body.getBytes());
  }

  private void advance(double seconds) {
    clock.addAndGet((long) (seconds * 1e9));
  }

  static List<JsonObject> decisions() throws IOException {
    return vectors("decisions");
  }

  @ParameterizedTest
  @MethodSource
  void decisions(JsonObject row) {
    Token held = null;
    if (row.get("held") instanceof JsonObject token) {
      held = new Token("t", nanos(token.get("early_at")), nanos(token.get("expires_at")));
    }
    boolean renewing = row.get("renewing").getAsBoolean();
    long pausedUntil = nanos(row.get("paused_until"));
    Decision decision = TokenProvider.decide(nanos(row.get("now")), held, renewing, pausedUntil);
    assertEquals(row.get("use").getAsBoolean(), decision.use());
    assertEquals(row.get("renew").getAsBoolean(), decision.renew());
  }

  private static long nanos(JsonElement seconds) {
    return Math.round(seconds.getAsDouble() * 1e9);
  }

  @Test
  void aTokenIsReusedRenewedEarlyAndNeverSentExpired() throws Exception {
    assertEquals("example-token-1", tokens.token());
    advance(89.9);
    assertEquals("example-token-1", tokens.tokenAsync().get());
    assertEquals(1, requests.size());
    gate = new CountDownLatch(1);
    advance(0.1);
    assertEquals("example-token-1", tokens.token(), "served while it is renewed");
    gate.countDown();
    await(() -> tokens.token().equals("example-token-2"));
    advance(100);
    assertEquals("example-token-3", tokens.token());
  }

  @Test
  void manyCallersShareOneFetchAndOneWhoGivesUpHarmsNobody() throws Exception {
    gate = new CountDownLatch(1);
    problem = new ConnectException();
    problem.initCause(new UnknownHostException("x"));
    List<CompletableFuture<String>> callers =
        Stream.generate(tokens::tokenAsync).limit(20).toList();
    assertTrue(tokens.tokenAsync().cancel(true));
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, tokens::token);
    gate.countDown();
    HashSet<Throwable> errors = new HashSet<>();
    for (CompletableFuture<String> caller : callers) {
      errors.add(assertThrows(ExecutionException.class, caller::get).getCause());
    }
    assertEquals(20, errors.size(), "one each");
    assertEquals(3, requests.size(), "tries of one fetch");
    M2mException error = (M2mException) errors.iterator().next();
    assertTrue(error.getMessage().contains("api.ssojet.com: the host name was not found"));
    assertNull(error.getCause(), "the library's error is not handed on");
    problem = null;
    assertEquals("example-token-4", tokens.token(), "a failure is not kept");
  }

  @Test
  void thousandsWhoWaitShareFewThreadsAndMayWaitForAnotherToken() throws Exception {
    gate = new CountDownLatch(1);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CompletableFuture<?>[] quick =
        Stream.generate(tokens::tokenAsync)
            .limit(2000)
            .map(token -> token.thenAccept(value -> threads.add(Thread.currentThread())))
            .toArray(CompletableFuture<?>[]::new);
    gate.countDown();
    CompletableFuture.allOf(quick).get(10, TimeUnit.SECONDS);
    assertTrue(threads.size() <= 64, threads.size() + " threads");

    tokens.invalidate("example-token-1");
    gate = new CountDownLatch(1);
    AtomicInteger begun = new AtomicInteger();
    CompletableFuture<?>[] blocking =
        Stream.generate(tokens::tokenAsync)
            .limit(200)
            .map(token -> token.thenAccept(value -> waitForAnother(value, begun)))
            .toArray(CompletableFuture<?>[]::new);
    gate.countDown();
    CompletableFuture.allOf(blocking).get(10, TimeUnit.SECONDS);
  }

  /** Each of these occupies a thread until there are 100, more than the pool has. */
  private void waitForAnother(String token, AtomicInteger begun) {
    synchronized (begun) {
      if (begun.incrementAndGet() == 1) {
        tokens.invalidate(token);
        gate = new CountDownLatch(1);
      }
    }
    CompletableFuture<String> next = tokens.tokenAsync();
    if (begun.get() >= 100) gate.countDown();
    assertNotEquals(token, next.join());
  }

  @Test
  void aFailedEarlyRenewalIsOneWarningAndAPause() throws Exception {
    List<LogRecord> logged = new CopyOnWriteArrayList<>();
    Logger logger = Logger.getLogger("com.ssojet.m2m");
    logger.setFilter(
        entry -> { // a logger may use the client, from another thread too
          CompletableFuture.supplyAsync(tokens::tokenAsync).join().join();
          return !logged.add(entry);
        });
    tokens.token();
    status = 503;
    advance(91);
    assertEquals("example-token-1", tokens.token());
    await(() -> logged.size() == 1);
    for (int i = 0; i < 5; i++) assertEquals("example-token-1", tokens.token());
    assertEquals(2, requests.size(), "one try, then the pause");
    String warning = logged.get(0).getMessage() + printed(logged.get(0).getThrown());
    assertTrue(warning.matches("(?s).*cli_example.*api.ssojet.com.*503.*"), warning);
    assertFalse(warning.contains(SECRET) || warning.contains("example-token"), warning);
    status = 200;
    advance(9);
    assertEquals("example-token-3", tokens.token(), "the pause ends with the token");
    logger.setFilter(null);
  }

  @Test
  void aRefusedTokenIsReplacedOnceInThirtySeconds() throws Exception {
    tokens.token();
    assertEquals(Optional.of("example-token-2"), replacement("example-token-1"));
    assertEquals(Optional.of("example-token-2"), replacement("example-token-1"), "held by now");
    advance(29.9);
    assertEquals(Optional.empty(), replacement("example-token-2"));
    advance(0.1);
    assertEquals(Optional.of("example-token-3"), replacement("example-token-2"));
  }

  @Test
  void a401ThatHasDroppedNoTokenDoesNotCount() throws Exception {
    assertEquals("example-token-1", tokens.token());
    tokens.invalidate("example-token-1");
    assertEquals(Optional.of("example-token-2"), replacement("example-token-1"));
    assertEquals(Optional.of("example-token-3"), replacement("example-token-2"));
  }

  @Test
  void a401ToAnExpiredTokenGetsTheOneOnItsWay() throws Exception {
    tokens.token();
    advance(100);
    gate = new CountDownLatch(1);
    tokens.tokenAsync();
    Optional<CompletableFuture<String>> other = tokens.handleUnauthorized("example-token-1");
    gate.countDown();
    assertEquals("example-token-2", other.orElseThrow().get());
    assertEquals(Optional.of("example-token-3"), replacement("example-token-2"), "none dropped");
  }

  @Test
  void aFetchThatDoesNotEndIsReplaced() throws Exception {
    gate = new CountDownLatch(1);
    CompletableFuture<String> hangs = tokens.tokenAsync();
    await(() -> requests.size() == 1);
    advance(31);
    CompletableFuture<String> next = tokens.tokenAsync();
    await(() -> requests.size() == 2);
    gate.countDown();
    assertEquals("example-token-2", next.get());
    assertEquals("example-token-1", hangs.get(), "it can still end for who waits for it");
    assertEquals("example-token-2", tokens.token());
  }

  private Optional<String> replacement(String refused) {
    return tokens.handleUnauthorized(refused).map(CompletableFuture::join);
  }

  @Test
  void theSecretIsReadForEachRequestAndNothingElseOfTheCallers() throws Exception {
    InheritableThreadLocal<String> context = new InheritableThreadLocal<>();
    context.set("of the first caller");
    TokenProvider rotated = provider(() -> SECRET + requests.size() + context.get());
    rotated.token();
    rotated.invalidate("example-token-1");
    rotated.token();
    assertTrue(requests.get(0).form().endsWith(SECRET + "0null"));
    assertTrue(requests.get(1).form().endsWith(SECRET + "1null"));
    String printed =
        printed(rotated)
            + printed(config(() -> SECRET))
            + new Token("example-token-1", 0, 0)
            + requests;
    assertFalse(printed.contains(SECRET) || printed.contains("example-token"), printed);
  }

  @Test
  void aFailingSecretFunctionIsAConfigurationErrorWithItsCause() {
    LinkageError error = new LinkageError();
    Callable<String> fails =
        () -> {
          throw error;
        };
    assertSame(error, failure(provider(fails)::token).getCause());
    M2mException missing = failure(provider(() -> null)::token);
    assertTrue(missing.getMessage().contains("SSOJET_CLIENT_SECRET"), missing.getMessage());
    assertEquals(Kind.CONFIGURATION, missing.kind());
    assertEquals(0, requests.size());
  }

  @Test
  void whatHangsIsInterruptedAndNamed() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    Callable<Boolean> hangs =
        () -> {
          try {
            return new CountDownLatch(1).await(1, TimeUnit.DAYS);
          } finally {
            interrupted.countDown();
          }
        };
    // Long enough for the thread to have begun on a busy machine.
    M2mException late = failure(() -> Background.callWithin(500_000_000, "the vault", hangs));
    assertEquals("the vault did not answer in time: 0.5 s", late.getMessage());
    assertTrue(interrupted.await(10, TimeUnit.SECONDS));
  }
}
