package com.ssojet.m2m;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Proxy;
import okhttp3.Authenticator;
import okhttp3.CookieJar;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** Sends token requests by OkHttp. */
public final class OkHttpTransport implements TokenRequest.Transport {
  private static final String RETRY_AFTER = "SSOJet-Retry-After";
  private static final MediaType FORM = MediaType.get("application/x-www-form-urlencoded");

  private final OkHttpClient http;

  public OkHttpTransport() {
    this(new OkHttpClient());
  }

  /**
   * With the connections, TLS and proxy of yours. Its interceptors, cookies, cache and
   * authenticator have no part in token requests.
   */
  public OkHttpTransport(OkHttpClient base) {
    OkHttpClient.Builder builder =
        base.newBuilder()
            .followRedirects(false)
            .retryOnConnectionFailure(false) // nor after a 408: the tries are counted by us
            .authenticator(Authenticator.NONE)
            .cookieJar(CookieJar.NO_COOKIES)
            .cache(null)
            .connectTimeout(Limits.CONNECT)
            .callTimeout(Limits.ONE_TRY);
    builder.interceptors().clear(); // ours too, if base is the client for the API
    builder.networkInterceptors().clear();
    this.http = builder.addNetworkInterceptor(OkHttpTransport::hideRetryAfter).build();
  }

  /** From OkHttp, which tries again by itself where that is 0, and throws where it is very long. */
  private static Response hideRetryAfter(Interceptor.Chain chain) throws IOException {
    Response response = chain.proceed(chain.request());
    String wait = response.header("Retry-After");
    if (wait == null) return response;
    return response.newBuilder().removeHeader("Retry-After").header(RETRY_AFTER, wait).build();
  }

  @Override
  public TokenResponse send(TokenRequest request) throws Exception {
    Request.Builder builder = new Request.Builder().url(request.url().toURL());
    request.headers().forEach(builder::header);
    builder.post(RequestBody.create(request.form().getBytes(), FORM));
    // an http URL is one of this machine, so no proxy has a part in it
    boolean isLocal = request.url().getScheme().equalsIgnoreCase("http");
    OkHttpClient client = isLocal ? http.newBuilder().proxy(Proxy.NO_PROXY).build() : http;
    try (Response response = client.newCall(builder.build()).execute()) {
      return new TokenResponse(
          request,
          response.code(),
          name -> response.header(name.equals("Retry-After") ? RETRY_AFTER : name),
          read(response));
    }
  }

  private static byte[] read(Response response) throws InterruptedIOException {
    try {
      return response.body().byteStream().readNBytes(Limits.TOKEN_RESPONSE_BYTES + 1);
    } catch (InterruptedIOException late) {
      throw late; // no time left is no broken answer: it may be tried again
    } catch (IOException endedEarly) {
      return null;
    }
  }
}
