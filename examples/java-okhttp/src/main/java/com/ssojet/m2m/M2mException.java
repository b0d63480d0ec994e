package com.ssojet.m2m;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serializable;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.net.ssl.SSLException;

/** Why no token could be had. Errors of the API request itself are the HTTP library's own. */
public final class M2mException extends RuntimeException {
  /** What a program can tell apart. */
  public enum Kind {
    /** A setting is missing or wrong. */
    CONFIGURATION,
    /** The token endpoint refused with an OAuth error: see {@link #oauthError()}. */
    OAUTH,
    /** No answer, no time left, or a status that says "later". */
    TRANSPORT,
    /** An answer that is none of OAuth's. */
    PROTOCOL
  }

  /** As in RFC 6749 section 5.2; description and uri are empty where the answer has none. */
  public record OAuthError(String code, String description, String uri) implements Serializable {}

  private static final long serialVersionUID = 1;

  /** What a program can ask an error for. Null means none, as does a status of 0. */
  record Facts(Kind kind, boolean retryable, int status, Duration retryAfter, OAuthError oauthError)
      implements Serializable {}

  private final Facts facts;

  M2mException(String message, Throwable cause, Facts facts) {
    super(message, cause);
    this.facts = facts;
  }

  static M2mException configuration(String message, Throwable cause) {
    return new M2mException(message, cause, new Facts(Kind.CONFIGURATION, false, 0, null, null));
  }

  static M2mException transport(String message, boolean retryable) {
    return new M2mException(message, null, new Facts(Kind.TRANSPORT, retryable, 0, null, null));
  }

  /**
   * Why nothing came, in our words: messages of the HTTP library can quote what the server sent, so
   * its exceptions are handed on to nobody.
   */
  static M2mException noAnswer(String where, Throwable thrown) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable link = thrown; link != null; link = link.getCause()) {
      if (link instanceof M2mException ours) return ours;
      chain.add(link);
    }
    // one round a SocketException is but a connection that broke
    boolean isTls = has(chain, SSLException.class) && !has(chain, SocketException.class);
    boolean isRetryable = has(chain, IOException.class) && !isTls;
    String reason = isTls ? "TLS: " + thrown.getMessage() : reason(chain);
    // what Java says of a certificate is its own words
    String clean = reason.replaceAll("\\p{Cntrl}", "");
    return transport("no answer from " + where + ": " + clean, isRetryable);
  }

  private static String reason(List<Throwable> chain) {
    boolean isUnresolved = has(chain, UnresolvedAddressException.class); // HttpClient's
    if (isUnresolved || has(chain, UnknownHostException.class))
      return "the host name was not found";
    boolean isLate = has(chain, HttpTimeoutException.class);
    if (isLate || has(chain, InterruptedIOException.class)) return "out of time";
    if (has(chain, ConnectException.class)) return "connection refused";
    // the libraries tell of a proxy's answer to CONNECT in the message alone
    String text = String.valueOf(chain.get(0).getMessage());
    boolean isProxy = text.startsWith("Tunnel failed") || text.contains("for CONNECT");
    if (isProxy) return "the proxy answered " + text.replaceAll("[^0-9]", "");
    return chain.stream().map(link -> link.getClass().getName()).toList().toString();
  }

  private static boolean has(List<Throwable> chain, Class<?> type) {
    return chain.stream().anyMatch(type::isInstance);
  }

  /** The same error with the stack of the thread that calls this: many may wait for one token. */
  M2mException forThisCaller(String addition) {
    return new M2mException(getMessage() + addition, getCause(), facts);
  }

  public Kind kind() {
    return facts.kind();
  }

  /** Whether the same call may succeed later. */
  public boolean retryable() {
    return facts.retryable();
  }

  /** The status of the token endpoint's answer. */
  public OptionalInt status() {
    return facts.status() == 0 ? OptionalInt.empty() : OptionalInt.of(facts.status());
  }

  /** How long the token endpoint asks to wait. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(facts.retryAfter());
  }

  /** What the token endpoint said, if the kind is OAUTH. */
  public Optional<OAuthError> oauthError() {
    return Optional.ofNullable(facts.oauthError());
  }
}
