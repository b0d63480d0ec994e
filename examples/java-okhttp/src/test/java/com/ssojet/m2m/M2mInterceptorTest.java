package com.ssojet.m2m;

import static org.junit.jupiter.api.Assertions.*;

import com.google.gson.JsonObject;
import com.ssojet.m2m.M2mException.Kind;
import com.ssojet.m2m.M2mInterceptor.NoTokenException;
import com.ssojet.m2m.TestSupport.LocalServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import okhttp3.*;
import okio.BufferedSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The hook into OkHttp, against a server on loopback. */
class M2mInterceptorTest {
  private LocalServer server;
  private M2mInterceptor interceptor;
  private OkHttpClient client;

  @BeforeEach
  void start() throws IOException {
    server = new LocalServer();
    interceptor = new M2mInterceptor(server.config());
    client = interceptor.newClient().build();
  }

  @AfterEach
  void stop() {
    server.tokenGate.countDown();
    server.close();
  }

  private Request post(String body) {
    return interceptor.request("/orders").post(RequestBody.create(body, null)).build();
  }

  private String send(Request request) throws IOException {
    try (Response response = client.newCall(request).execute()) {
      return response.code() + " " + response.body().string();
    }
  }

  @Test
  void aRefusedRequestIsSentOnceMoreWithItsBody() throws Exception {
    server.acceptedToken = "2";
    assertEquals("200 fine", send(post("body")));
    assertEquals(
        List.of("Bearer example-token-1 body", "Bearer example-token-2 body"), server.apiRequests);
    server.acceptedToken = "3";
    assertEquals("401 refused", send(post("body")), "one drop in 30 s");
    assertEquals(2, server.tokenRequests.get());
    assertEquals(30_000, client.readTimeoutMillis());
  }

  @Test
  void aOneShotBodyIsNotSentAgainButItsTokenIsDropped() throws Exception {
    server.acceptedToken = "2";
    RequestBody stream = new OneShotBody();
    assertEquals("401 refused", send(interceptor.request("/orders").post(stream).build()));
    assertEquals("200 fine", send(post("body")));
    assertEquals(2, server.tokenRequests.get());
  }

  private static final class OneShotBody extends RequestBody {
    @Override
    public MediaType contentType() {
      return null;
    }

    @Override
    public boolean isOneShot() {
      return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      sink.writeUtf8("body");
    }
  }

  @Test
  void anAuthorizationOfTheCallersOwnIsLeftAlone() throws Exception {
    server.acceptedToken = "none";
    Request request = interceptor.request("/orders").header("Authorization", "Own").build();
    assertEquals("401 refused", send(request));
    assertEquals(List.of("Own "), server.apiRequests);
    assertEquals(0, server.tokenRequests.get());
  }

  @Test
  void aRequestThatARetryLayerSendsAgainIsStillOurs() throws Exception {
    Request sent;
    try (Response response = client.newCall(interceptor.request("/orders").build()).execute()) {
      sent = response.request();
    }
    server.acceptedToken = "2";
    assertEquals("200 fine", send(sent));
    send(sent.newBuilder().header("Authorization", "Own").build());
    assertEquals("Own ", server.apiRequests.get(server.apiRequests.size() - 1));
    try (LocalServer other = new LocalServer()) {
      other.acceptedToken = "anything";
      assertEquals("401 refused", send(sent.newBuilder().url(other.url() + "/api").build()));
      assertEquals(List.of("null "), other.apiRequests, "none of it to another origin");
    }
  }

  @Test
  void aRedirectTakesTheTokenToNoOtherOrigin() throws Exception {
    try (LocalServer other = new LocalServer()) {
      other.acceptedToken = "anything";
      server.redirect = other.url() + "/api/moved";
      assertEquals("401 refused", send(post("body")));
      assertEquals(List.of("null body"), other.apiRequests);
      assertEquals(1, server.tokenRequests.get(), "that 401 drops nothing");
    }
  }

  @Test
  void afterARedirectOnlyASafeRequestIsSentAgain() throws Exception {
    server.redirect = server.url() + "/api/moved";
    server.acceptedToken = "2";
    assertEquals("401 refused", send(post("body")));
    assertEquals(2, server.apiRequests.size());
    CompletableFuture<String> next = interceptor.tokens().tokenAsync();
    assertEquals("example-token-2", next.get(), "it was dropped all the same");
    assertEquals("200 fine", send(interceptor.request("/orders").build()));
  }

  @Test
  void atTheApisOriginOtherPathsAreRefused() {
    Request request = new Request.Builder().url(server.url() + "/admin").build();
    NoTokenException refused = assertThrows(NoTokenException.class, () -> send(request));
    assertEquals(Kind.CONFIGURATION, refused.reason().kind());
    assertTrue(refused.getMessage().contains("/orders"), refused.getMessage());
    assertEquals(0, server.tokenRequests.get());
  }

  static List<JsonObject> paths() throws IOException {
    return TestSupport.vectors("paths");
  }

  @ParameterizedTest
  @MethodSource
  void paths(JsonObject row) {
    try {
      String path = row.get("path").getAsString().replace("{decoy}", "decoy.example");
      HttpUrl url = interceptor.request(path).build().url();
      assertEquals(HttpUrl.get(server.url()).port(), url.port());
      assertEquals("127.0.0.1", url.host());
    } catch (M2mException | IllegalArgumentException refused) {
      // as good
    }
  }

  @Test
  void theTimeoutOfTheCallCountsTheWaitForAToken() {
    server.tokenGate = new CountDownLatch(1);
    OkHttpClient hasty = client.newBuilder().callTimeout(Duration.ofMillis(100)).build();
    Call call = hasty.newCall(interceptor.request("/orders").build());
    IOException late = assertThrows(InterruptedIOException.class, call::execute);
    assertEquals("timeout", late.getMessage());
    assertEquals(0, server.apiRequests.size());
  }

  @Test
  void aCallCancelledBeforeItsTokenCameSendsNothing() throws Exception {
    server.tokenGate = new CountDownLatch(1);
    CompletableFuture<IOException> outcome = new CompletableFuture<>();
    Call call = client.newCall(interceptor.request("/orders").build());
    call.enqueue(failingInto(outcome));
    TestSupport.await(() -> server.tokenRequests.get() == 1);
    call.cancel();
    assertEquals("Canceled", outcome.get().getMessage());
    server.tokenGate.countDown();
    assertEquals("200 fine", send(post("next")));
    assertEquals(1, server.apiRequests.size());
  }

  @Test
  void withoutATokenAnEnqueuedCallFailsAsOkHttpsDo() throws Exception {
    M2mConfig config = M2mConfig.of("cli_example", () -> null, server.url() + "/api");
    OkHttpClient failing = new M2mInterceptor(config).newClient().build();
    CompletableFuture<IOException> outcome = new CompletableFuture<>();
    failing.newCall(interceptor.request("/orders").build()).enqueue(failingInto(outcome));
    NoTokenException failure = assertInstanceOf(NoTokenException.class, outcome.get());
    assertEquals(Kind.CONFIGURATION, failure.reason().kind());
    assertEquals(0, server.apiRequests.size());
  }

  private static Callback failingInto(CompletableFuture<IOException> outcome) {
    return new Callback() {
      @Override
      public void onFailure(Call call, IOException failure) {
        outcome.complete(failure);
      }

      @Override
      public void onResponse(Call call, Response response) {
        response.close();
        outcome.completeExceptionally(new AssertionError("answered"));
      }
    };
  }

  @Test
  void theTokenRequestTakesNoInterceptorAlong() throws Exception {
    TokenSource tokens = new TokenProvider(server.config(), new OkHttpTransport(client));
    assertEquals("example-token-1", tokens.token(), "or ours would wait for itself");
  }

  @Test
  void anAnswerThatStallsHalfwayIsOutOfTime() throws Exception {
    try (ServerSocket stalls = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      M2mConfig config =
          server.config().withTokenUrl("http://127.0.0.1:" + stalls.getLocalPort() + "/token");
      String half = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{";
      CompletableFuture<Void> answer =
          CompletableFuture.runAsync(
              () ->
                  assertDoesNotThrow(
                      () -> stalls.accept().getOutputStream().write(half.getBytes())));
      OkHttpClient hasty = client.newBuilder().readTimeout(Duration.ofMillis(500)).build();
      TokenRequest request = TokenRequest.buildTokenRequest(config, TestSupport.SECRET);
      assertThrows(InterruptedIOException.class, () -> new OkHttpTransport(hasty).send(request));
      answer.get();
    }
  }

  @Test
  void nothingPrintedHoldsTheSecretOrTheToken() throws Exception {
    send(post("body"));
    String printed = TestSupport.printed(interceptor);
    assertFalse(printed.contains("example-token"), printed);
    try (Response response = client.newCall(post("body")).execute()) {
      assertFalse(response.toString().contains("example-token"));
    }
  }
}
