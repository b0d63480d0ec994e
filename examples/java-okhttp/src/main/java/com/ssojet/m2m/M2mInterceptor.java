package com.ssojet.m2m;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Proxy;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * Sends each request for the API with a token, and once more with another after a 401. An
 * application interceptor: OkHttp takes the header off where it follows a redirect to another
 * origin, and a network interceptor would put it on again.
 *
 * <pre>{@code
 * OkHttpClient client = interceptor.newClient().build();
 * client.newCall(interceptor.request("/orders").build()).execute();
 * }</pre>
 */
public final class M2mInterceptor implements Interceptor {
  /** The M2mException as OkHttp takes it from an interceptor: another would end its thread. */
  public static final class NoTokenException extends IOException {
    private static final long serialVersionUID = 1;

    private final M2mException reason;

    private NoTokenException(M2mException reason) {
      super(reason.getMessage(), reason);
      this.reason = reason;
    }

    public M2mException reason() {
      return reason;
    }
  }

  private final HttpUrl apiUrl;
  private final TokenSource tokens;

  /** With a token provider and, for its requests, an OkHttpClient of its own. */
  public M2mInterceptor(M2mConfig config) {
    this(config.apiUrl(), new TokenProvider(config, new OkHttpTransport()));
  }

  /** With yours: several interceptors can share the tokens. */
  public M2mInterceptor(URI apiUrl, TokenSource tokens) {
    URI checked = M2mConfig.checkUrl(M2mConfig.API_URL, apiUrl.toString(), false);
    this.apiUrl = HttpUrl.get(checked.toString());
    this.tokens = tokens;
  }

  /** For a library that makes requests of its own: a bare token, or one to drop. */
  public TokenSource tokens() {
    return tokens;
  }

  /** Starts a client with this interceptor and a limit of 30 s, not OkHttp's 10, to read. */
  public OkHttpClient.Builder newClient() {
    return new OkHttpClient.Builder().readTimeout(Limits.API_REQUEST).addInterceptor(this);
  }

  /**
   * Starts a request.
   *
   * @param path below the API's URL
   */
  public Request.Builder request(String path) {
    return new Request.Builder().url(M2mConfig.join(apiUrl.uri(), path));
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    if (isAuthorizationCallersOwn(request)) return chain.proceed(request);
    if (!isAtApiOrigin(request.url())) {
      return chain.proceed(request.newBuilder().removeHeader("Authorization").build());
    }
    if (!isBelowApiUrl(request.url())) {
      String message =
          "the request is not for " + apiUrl + "; write interceptor.request(\"/orders\")";
      throw new NoTokenException(M2mException.configuration(message, null));
    }
    // an http URL is one of this machine, so no proxy has a part in it
    Chain direct = apiUrl.isHttps() ? chain : chain.withProxy(Proxy.NO_PROXY);
    String token = await(chain.call(), tokens.tokenAsync());
    Response response = direct.proceed(authorize(request, token));
    if (response.code() != 401) return response;
    // a redirect to another origin has taken our token off
    if (response.request().header("Authorization") == null) return response;
    Optional<CompletableFuture<String>> replacement = tokens.handleUnauthorized(token);
    if (replacement.isEmpty() || !isReplayable(request, response)) return response;
    response.close();
    return direct.proceed(authorize(request, await(chain.call(), replacement.get())));
  }

  /** A layer above us may send again what has our header, or put its own in place of that. */
  private static boolean isAuthorizationCallersOwn(Request request) {
    String header = request.header("Authorization");
    OurHeader ours = request.tag(OurHeader.class);
    return header != null && !(ours != null && ours.value.equals(header));
  }

  private boolean isAtApiOrigin(HttpUrl url) {
    boolean isSameHost = url.host().equals(apiUrl.host()) && url.port() == apiUrl.port();
    return isSameHost && url.scheme().equals(apiUrl.scheme());
  }

  private boolean isBelowApiUrl(HttpUrl url) {
    String base = apiUrl.encodedPath().replaceFirst("/*$", "/");
    return (url.encodedPath() + "/").startsWith(base);
  }

  private static Request authorize(Request request, String token) {
    OurHeader ours = new OurHeader("Bearer " + token);
    return request
        .newBuilder()
        .header("Authorization", ours.value)
        .tag(OurHeader.class, ours)
        .build();
  }

  private static boolean isReplayable(Request request, Response response) {
    boolean isRedirected = response.priorResponse() != null;
    boolean isSafe = List.of("GET", "HEAD").contains(request.method());
    RequestBody body = request.body();
    boolean isBodyKept = body == null || !(body.isOneShot() || body.isDuplex());
    return isBodyKept && (isSafe || !isRedirected);
  }

  /** Waits for the token as long as the call goes on: its timeout and its cancellation end this. */
  private static String await(Call call, CompletableFuture<String> token) throws IOException {
    try {
      if (!token.isDone()) call.addEventListener(cancelWithCall(token));
      if (call.isCanceled()) token.cancel(true);
      return token.get(Limits.TOKEN_WAIT.toSeconds(), TimeUnit.SECONDS);
    } catch (CancellationException given) {
      throw new IOException("Canceled"); // as OkHttp says it
    } catch (InterruptedException given) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (TimeoutException late) {
      throw new NoTokenException(M2mException.transport("no token in time", true));
    } catch (ExecutionException failure) {
      throw new NoTokenException(M2mException.noAnswer("the token source", failure));
    }
  }

  private static EventListener cancelWithCall(CompletableFuture<String> token) {
    return new EventListener() {
      @Override
      public void canceled(Call call) {
        token.cancel(true);
      }
    };
  }

  /** What we set, to tell it from the caller's. No record: OkHttp prints a request's tags. */
  private static final class OurHeader {
    private final transient String value;

    private OurHeader(String value) {
      this.value = value;
    }
  }
}
