package com.ssojet.m2m;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * HttpClient for the protected API: sends each request with a token, and once more with another
 * after a 401. It refuses requests to anywhere else.
 *
 * <pre>{@code
 * client.send(client.request("/orders").GET().build(), BodyHandlers.ofString())
 * }</pre>
 */
public final class M2mHttpClient {
  private final URI apiUrl;
  private final TokenSource tokens;
  private final HttpClient http;

  /** Our last Authorization headers, latest first. Transient: JSON libraries would print them. */
  private final transient Deque<String> ourHeaders = new ConcurrentLinkedDeque<>();

  /** With a token provider and HttpClients of its own. */
  public M2mHttpClient(M2mConfig config) {
    this(
        config.apiUrl(),
        new TokenProvider(config, new HttpClientTransport(config)),
        HttpClientTransport.newHttpClient(config.apiUrl()));
  }

  /**
   * With yours: several clients can share the tokens, the HttpClient or both.
   *
   * @throws M2mException if the HttpClient follows redirects or has an authenticator
   */
  public M2mHttpClient(URI apiUrl, TokenSource tokens, HttpClient http) {
    this.apiUrl = M2mConfig.checkUrl(M2mConfig.API_URL, apiUrl.toString(), false);
    this.tokens = tokens;
    this.http = HttpClientTransport.check(http);
  }

  /** For a library that makes requests of its own: a bare token, or one to drop. */
  public TokenSource tokens() {
    return tokens;
  }

  /**
   * Starts a request.
   *
   * @param path below the API's URL, with whatever needs it percent-encoded
   */
  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(M2mConfig.join(apiUrl, path)));
  }

  /**
   * As {@link HttpClient#send}. A timeout of the request counts the wait for a token, too.
   *
   * @throws M2mException if no token can be had, or the request is not for the API
   */
  public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    Exchange<T> exchange = new Exchange<>(request, handler);
    if (exchange.isCallersOwn) return http.send(exchange.copy().build(), handler);
    try {
      String token = tokens.token(exchange.timeLeft(Limits.TOKEN_WAIT));
      HttpResponse<T> response = http.send(exchange.authorize(token), exchange::decide);
      if (exchange.replacement.isEmpty()) return response;
      Duration timeLeft = exchange.timeLeft(Limits.TOKEN_WAIT);
      token = TokenProvider.await(exchange.replacement.get(), timeLeft);
      return http.send(exchange.authorize(token), handler);
    } catch (TimeoutException late) {
      throw exchange.outOfTime();
    }
  }

  /** As {@link HttpClient#sendAsync}; the future fails with what {@link #send} throws. */
  public <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, BodyHandler<T> handler) {
    try {
      return new Exchange<>(request, handler).startAsync();
    } catch (M2mException notForTheApi) {
      return CompletableFuture.failedFuture(notForTheApi);
    }
  }

  private boolean isForTheApi(URI url) {
    String base = apiUrl.getRawPath().replaceFirst("/*$", "/");
    return origin(url).equals(origin(apiUrl)) && (url.getRawPath() + "/").startsWith(base);
  }

  private synchronized void remember(String authorization) {
    if (ourHeaders.contains(authorization)) return;
    ourHeaders.addFirst(authorization);
    // several, as other threads may have sent newer tokens before one is sent again
    if (ourHeaders.size() > 16) ourHeaders.pollLast();
  }

  private static String origin(URI url) {
    int defaultPort = url.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    int port = url.getPort() == -1 ? defaultPort : url.getPort();
    return (url.getScheme() + "://" + url.getHost() + ":" + port).toLowerCase(Locale.ROOT);
  }

  /** One request of a caller, which may be sent twice. */
  private final class Exchange<T> {
    private final HttpRequest request;
    private final BodyHandler<T> handler;
    private final CompletableFuture<HttpResponse<T>> result = new CompletableFuture<>();
    private final long startedAt = System.nanoTime();
    private final boolean isCallersOwn; // the Authorization header
    private volatile String token;

    /** The token to send the request with once more; empty while the answer is the caller's. */
    private volatile Optional<CompletableFuture<String>> replacement = Optional.empty();

    private Exchange(HttpRequest request, BodyHandler<T> handler) {
      if (!isForTheApi(request.uri())) {
        String message = "the request is not for " + apiUrl + "; write client.request(\"/orders\")";
        throw M2mException.configuration(message, null);
      }
      this.request = request;
      this.handler = handler;
      // a retry layer may send again what response.request() gave it: that header is ours
      Optional<String> authorization = request.headers().firstValue("Authorization");
      isCallersOwn = authorization.isPresent() && !ourHeaders.contains(authorization.get());
    }

    /** What the caller's timeout leaves, or the default if there is none. */
    private Duration timeLeft(Duration byDefault) {
      if (request.timeout().isEmpty()) return byDefault;
      long left = request.timeout().get().toNanos() - (System.nanoTime() - startedAt);
      return Duration.ofNanos(Math.max(1, left)); // HttpClient takes no timeout of 0
    }

    private HttpRequest authorize(String token) {
      this.token = token;
      String authorization = "Bearer " + token;
      remember(authorization);
      return copy().setHeader("Authorization", authorization).build();
    }

    private HttpRequest.Builder copy() {
      HttpRequest.Builder copy = HttpRequest.newBuilder(request, (name, value) -> true);
      return copy.timeout(timeLeft(Limits.API_REQUEST));
    }

    /** Decides about a 401 before its body is read, so none of that reaches the caller's target. */
    private BodySubscriber<T> decide(ResponseInfo head) {
      if (head.statusCode() != 401) return handler.apply(head);
      Optional<CompletableFuture<String>> other = tokens.handleUnauthorized(token);
      if (other.isEmpty() || !isReplayable()) return handler.apply(head);
      replacement = other;
      // not replacing(null): that reads the refusal to its end, however long it takes
      return BodySubscribers.mapping(BodySubscribers.ofInputStream(), this::discard);
    }

    private T discard(Object body) {
      try {
        if (body instanceof AutoCloseable unread) unread.close();
      } catch (Exception failure) {
        // nobody wants it
      }
      return null;
    }

    /** Whether the body can be sent twice, as far as HttpClient tells. */
    private boolean isReplayable() {
      BodyPublisher body = request.bodyPublisher().orElse(BodyPublishers.noBody());
      // one of unknown length may be a stream that has been read; so may, in spite of its length,
      // what fromPublisher makes of the caller's own: a PublisherAdapter
      boolean isAdapter = body.getClass().getSimpleName().equals("PublisherAdapter");
      return body.contentLength() >= 0 && !isAdapter;
    }

    private CompletableFuture<HttpResponse<T>> startAsync() {
      if (isCallersOwn) return http.sendAsync(copy().build(), handler);
      inTime(tokens.tokenAsync())
          .thenCompose(first -> exchangeAsync(first, this::decide))
          .thenCompose(this::sendOnceMore)
          .whenCompleteAsync(this::complete); // not on the JVM's timer, where orTimeout may end it
      return result;
    }

    private CompletableFuture<HttpResponse<T>> sendOnceMore(HttpResponse<T> response) {
      return replacement
          .map(other -> inTime(other).thenCompose(token -> exchangeAsync(token, handler)))
          .orElse(CompletableFuture.completedFuture(response));
    }

    private CompletableFuture<String> inTime(CompletableFuture<String> token) {
      return token.copy().orTimeout(timeLeft(Limits.TOKEN_WAIT).toNanos(), TimeUnit.NANOSECONDS);
    }

    private CompletableFuture<HttpResponse<T>> exchangeAsync(String token, BodyHandler<T> target) {
      if (result.isDone()) throw new CancellationException(); // by the caller: send nothing
      CompletableFuture<HttpResponse<T>> sent = http.sendAsync(authorize(token), target);
      // to cancel the result ends the exchange; nothing comes of it once that is done
      result.whenComplete((response, failure) -> sent.cancel(true));
      return sent;
    }

    private void complete(HttpResponse<T> response, Throwable failure) {
      Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
      if (cause instanceof TimeoutException) cause = outOfTime();
      if (cause != null) result.completeExceptionally(cause);
      else if (!result.complete(response)) discard(response.body()); // or it holds its connection
    }

    private HttpTimeoutException outOfTime() {
      return new HttpTimeoutException("request timed out while it waited for a token");
    }
  }
}
