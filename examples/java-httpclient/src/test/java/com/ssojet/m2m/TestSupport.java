package com.ssojet.m2m;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.*;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.*;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.function.Executable;

/** What several tests need. */
final class TestSupport {
  static final String SECRET = "not-a-real-secret";
  static final String API = "https://api.example.com/v1";

  private TestSupport() {}

  /** The rows of one table of vectors.json. */
  static List<JsonObject> vectors(String table) throws IOException {
    try (InputStream file = TestSupport.class.getResourceAsStream("/vectors.json")) {
      String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      JsonArray rows = JsonParser.parseString(text).getAsJsonObject().getAsJsonArray(table);
      return rows.asList().stream().map(JsonElement::getAsJsonObject).toList();
    }
  }

  static M2mException failure(Executable executable) {
    return assertThrows(M2mException.class, executable);
  }

  /** What loggers and error reporters show of it. */
  static String printed(Object thing) {
    StringWriter text = new StringWriter();
    text.append(String.valueOf(thing));
    if (thing instanceof Throwable thrown) thrown.printStackTrace(new PrintWriter(text));
    try {
      text.append(new Gson().toJson(thing));
    } catch (RuntimeException noJson) { // Gson takes no class of the JDK apart
      text.append(String.valueOf(noJson));
    }
    return text.toString();
  }

  /** Waits up to ten seconds, so that a busy machine fails no test. */
  static void await(Callable<Boolean> condition) throws Exception {
    for (int i = 0; i < 1000 && !condition.call(); i++) Thread.sleep(10);
    assertTrue(condition.call());
  }

  /** A token endpoint at /token and an API below /api, both on one loopback port. */
  static final class LocalServer implements AutoCloseable {
    final AtomicInteger tokenRequests = new AtomicInteger();
    final List<String> apiRequests = new CopyOnWriteArrayList<>(); // Authorization and body
    volatile CountDownLatch tokenGate = new CountDownLatch(0);
    volatile String acceptedToken = ""; // all that end in this are accepted
    volatile String redirect;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    LocalServer() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(threads);
      server.createContext("/token", this::answerToken);
      server.createContext("/api", this::answerApi);
      server.start();
    }

    String url() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    M2mConfig config() {
      return M2mConfig.of("cli_example", () -> SECRET, url() + "/api")
          .withTokenUrl(url() + "/token");
    }

    private void answerToken(HttpExchange exchange) throws IOException {
      exchange.getRequestBody().readAllBytes();
      String token = "example-token-" + tokenRequests.incrementAndGet();
      try {
        tokenGate.await();
      } catch (InterruptedException closed) {
        return;
      }
      answer(exchange, 200, "{\"access_token\":\"" + token + "\",\"expires_in\":3600}");
    }

    private void answerApi(HttpExchange exchange) throws IOException {
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      byte[] body = exchange.getRequestBody().readAllBytes();
      apiRequests.add(authorization + " " + new String(body, StandardCharsets.UTF_8));
      boolean isMoved = exchange.getRequestURI().getPath().endsWith("/moved");
      boolean isRedirected = redirect != null && !isMoved;
      boolean isAccepted = String.valueOf(authorization).endsWith(acceptedToken);
      if (isRedirected) exchange.getResponseHeaders().set("Location", redirect);
      if (isRedirected) answer(exchange, 307, "");
      else if (isAccepted) answer(exchange, 200, "fine");
      else answer(exchange, 401, "refused");
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    }

    @Override
    public void close() {
      tokenGate.countDown();
      server.stop(0);
      threads.shutdownNow();
    }
  }
}
