package com.ssojet.m2m;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;

/** Sends token requests by an HttpClient. */
public final class HttpClientTransport implements TokenRequest.Transport {
  private final HttpClient http;

  /** With an HttpClient of its own. */
  public HttpClientTransport(M2mConfig config) {
    this(newHttpClient(config.tokenUrl));
  }

  /**
   * With yours: many identities can share one.
   *
   * @throws M2mException if it follows redirects or has an authenticator
   */
  public HttpClientTransport(HttpClient http) {
    this.http = check(http);
  }

  /** An http URL is one of this machine, so no proxy has a part in it. */
  static HttpClient newHttpClient(URI url) {
    HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(Limits.CONNECT);
    if (url.getScheme().equalsIgnoreCase("http")) builder.proxy(HttpClient.Builder.NO_PROXY);
    return builder.build();
  }

  static HttpClient check(HttpClient http) {
    if (http.followRedirects() != HttpClient.Redirect.NEVER) {
      // HttpClient would take the Authorization header along to any host
      throw M2mException.configuration("followRedirects of the HttpClient must be NEVER", null);
    }
    if (http.authenticator().isPresent()) {
      // HttpClient 17 removes our Authorization header then, for the sake of a proxy
      throw M2mException.configuration("the HttpClient must have no authenticator", null);
    }
    return http;
  }

  @Override
  public TokenResponse send(TokenRequest request) throws Exception {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(request.url())
            .version(HttpClient.Version.HTTP_1_1) // else it asks for an upgrade on an http URL
            .POST(BodyPublishers.ofString(request.form()));
    request.headers().forEach(builder::header);
    Answer answer = new Answer();
    try {
      // not sendAsync, which needs a free thread of the common pool
      HttpResponse<Void> response = http.send(builder.build(), answer::start);
      // not answer.head: a proxy's refusal comes without a call of the body handler
      byte[] body = answer.body.toByteArray();
      return response(request, response.statusCode(), response.headers(), body);
    } catch (IOException failure) {
      if (answer.head == null) throw failure;
      boolean isTooLong = answer.body.size() > Limits.TOKEN_RESPONSE_BYTES;
      byte[] body = isTooLong ? answer.body.toByteArray() : null;
      return response(request, answer.head.statusCode(), answer.head.headers(), body);
    }
  }

  private static TokenResponse response(
      TokenRequest request, int status, HttpHeaders headers, byte[] body) {
    return new TokenResponse(request, status, name -> headers.firstValue(name).orElse(null), body);
  }

  /** What has come of an answer. An ofInputStream would hear no interrupt before Java 20. */
  private static final class Answer {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private volatile ResponseInfo head;

    private BodySubscriber<Void> start(ResponseInfo head) {
      this.head = head;
      return BodySubscribers.ofByteArrayConsumer(part -> part.ifPresent(this::add));
    }

    private void add(byte[] part) {
      body.writeBytes(part);
      if (body.size() > Limits.TOKEN_RESPONSE_BYTES) throw new IllegalStateException("too long");
    }
  }
}
