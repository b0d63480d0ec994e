package com.ssojet.m2m;

import static com.ssojet.m2m.TestSupport.*;
import static org.junit.jupiter.api.Assertions.*;

import com.google.gson.JsonObject;
import com.ssojet.m2m.M2mException.Kind;
import java.io.*;
import java.lang.reflect.Modifier;
import java.net.Authenticator;
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.*;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The hook into HttpClient, against a server on loopback. */
class M2mHttpClientTest {
  private LocalServer server;
  private M2mHttpClient client;

  @BeforeEach
  void start() throws IOException {
    server = new LocalServer();
    client = new M2mHttpClient(server.config());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpRequest post(BodyPublisher body) {
    return client.request("/orders").POST(body).build();
  }

  private HttpRequest post(String body) {
    return post(BodyPublishers.ofString(body));
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofString());
  }

  private CompletableFuture<HttpResponse<String>> start(HttpRequest request) {
    return client.sendAsync(request, BodyHandlers.ofString());
  }

  @Test
  void aRefusedRequestIsSentOnceMoreWithItsBody(@TempDir Path folder) throws Exception {
    server.acceptedToken = "2";
    Path target = folder.resolve("answer.txt");
    assertEquals(200, client.send(post("body"), BodyHandlers.ofFile(target)).statusCode());
    assertEquals("fine", Files.readString(target), "none of the refusal is in it");
    server.acceptedToken = "3";
    HttpResponse<String> refused = start(post("more")).get();
    assertEquals("401 refused", refused.statusCode() + " " + refused.body(), "one drop in 30 s");
    String one = "Bearer example-token-1 body";
    String two = "Bearer example-token-2 ";
    assertEquals(List.of(one, two + "body", two + "more"), server.apiRequests);
  }

  @Test
  void aStreamIsNotSentAgainButItsTokenIsDropped() throws Exception {
    server.acceptedToken = "2";
    InputStream stream = new ByteArrayInputStream("body".getBytes());
    assertEquals(401, send(post(BodyPublishers.ofInputStream(() -> stream))).statusCode());
    assertEquals(200, start(post("body")).get().statusCode());
    server.acceptedToken = "3";
    BodyPublisher itsOwn = BodyPublishers.fromPublisher(BodyPublishers.ofString("body"), 4);
    assertEquals(401, send(post(itsOwn)).statusCode());
    assertEquals(3, server.apiRequests.size());
  }

  @Test
  void anAuthorizationOfTheCallersOwnIsLeftAlone() throws Exception {
    server.acceptedToken = "2";
    HttpRequest request = client.request("/orders").header("Authorization", "Own").build();
    assertEquals(401, send(request).statusCode());
    assertEquals(List.of("Own "), server.apiRequests);
    HttpRequest ours = send(post("body")).request(); // which a retry layer may send again
    server.acceptedToken = "x";
    client.tokens().invalidate("example-token-2");
    assertEquals(401, send(ours).statusCode());
    assertEquals("Bearer example-token-3 body", server.apiRequests.get(3));
  }

  @Test
  void aRequestSentAgainIsStillOursWhenOthersHaveSentANewerToken() throws Exception {
    HttpRequest ours = send(post("first")).request();
    client.tokens().invalidate("example-token-1");
    send(post("other"));
    assertEquals(200, send(ours).statusCode());
    assertEquals("Bearer example-token-2 first", server.apiRequests.get(2));
    int modifiers = M2mHttpClient.class.getDeclaredField("ourHeaders").getModifiers();
    assertTrue(Modifier.isTransient(modifiers), "or a JSON library prints the tokens");
  }

  @Test
  void otherOriginsAreRefused() {
    for (String url : List.of("http://127.0.0.1:1/api/x", server.url() + "/token")) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
      assertEquals(Kind.CONFIGURATION, failure(() -> send(request)).kind());
      assertTrue(start(request).isCompletedExceptionally());
    }
  }

  static List<JsonObject> paths() throws IOException {
    return vectors("paths");
  }

  @ParameterizedTest
  @MethodSource
  void paths(JsonObject row) {
    try {
      String path = row.get("path").getAsString().replace("{decoy}", "decoy.example");
      URI url = client.request(path).build().uri();
      assertTrue(url.toString().startsWith(server.url() + "/api/"), url.toString());
    } catch (M2mException | IllegalArgumentException refused) {
      // as good
    }
  }

  @Test
  void anHttpClientThatWouldLeakTheTokenIsRefused() {
    HttpClient.Builder builder = HttpClient.newBuilder();
    HttpClient follows = builder.followRedirects(HttpClient.Redirect.NORMAL).build();
    HttpClient asks = HttpClient.newBuilder().authenticator(new Authenticator() {}).build();
    for (HttpClient http : List.of(follows, asks)) {
      failure(() -> new M2mHttpClient(server.config().apiUrl(), client.tokens(), http));
      failure(() -> new HttpClientTransport(http));
    }
  }

  @Test
  void anApiRequestHasATimeLimitWhichCountsTheWaitForAToken() throws Exception {
    HttpRequest.Builder request = client.request("/orders");
    assertEquals(30, send(request.build()).request().timeout().orElseThrow().toSeconds());
    HttpRequest patient = request.timeout(Duration.ofHours(1)).build();
    assertEquals(59, send(patient).request().timeout().orElseThrow().toMinutes());
    client.tokens().invalidate("example-token-1");
    server.tokenGate = new CountDownLatch(1);
    HttpRequest hasty = request.timeout(Duration.ofMillis(100)).build();
    assertThrows(HttpTimeoutException.class, () -> send(hasty));
    Throwable late = assertThrows(ExecutionException.class, start(hasty)::get).getCause();
    assertInstanceOf(HttpTimeoutException.class, late);
    assertEquals(2, server.apiRequests.size());
  }

  @Test
  void aCallCancelledBeforeItsTokenCameSendsNothing() throws Exception {
    for (int i = 0; i < 20; i++) { // but for the first time there is a connection that is ready
      client.tokens().invalidate(client.tokens().token());
      server.tokenGate = new CountDownLatch(1);
      assertTrue(start(post("cancelled")).cancel(true));
      server.tokenGate.countDown();
      assertEquals(200, send(post("next")).statusCode());
    }
    assertEquals(20, server.apiRequests.size());
  }

  @Test
  void anAnswerThatMeetsACancelIsClosed() throws Exception {
    client.tokens().token();
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    HttpResponse.BodyHandler<AutoCloseable> handler =
        head -> {
          assertDoesNotThrow(() -> cancelled.await());
          return HttpResponse.BodySubscribers.replacing(closed::countDown);
        };
    CompletableFuture<?> call = client.sendAsync(post("body"), handler);
    // A future runs what was added last first: this, and then what cancels the exchange.
    call.whenComplete(
        (answer, failure) -> {
          cancelled.countDown();
          assertDoesNotThrow(() -> closed.await(10, TimeUnit.SECONDS));
        });
    assertTrue(call.cancel(true));
    assertEquals(0, closed.getCount());
  }

  @Test
  void aTokenNeedsNoThreadOfTheCommonPool() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    for (int i = 0; i < 100; i++) {
      CompletableFuture.runAsync(() -> assertDoesNotThrow(() -> gate.await()));
    }
    assertEquals(200, send(post("body")).statusCode());
    gate.countDown();
  }
}
