package com.ssojet.m2m;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import javax.net.ssl.SSLException;

/**
 * Says in our words why a token request got no answer: messages of the HTTP library can quote what
 * the server sent, so its exceptions are handed on to nobody.
 */
final class NoAnswer {
  /** The first that is in the chain of causes counts. */
  private static final List<Entry<Class<? extends Exception>, String>> REASONS =
      List.of(
          Map.entry(UnknownHostException.class, "the host name was not found"),
          Map.entry(UnresolvedAddressException.class, "the host name was not found"),
          Map.entry(HttpTimeoutException.class, "out of time"),
          Map.entry(InterruptedIOException.class, "out of time"),
          Map.entry(ConnectException.class, "connection refused"),
          Map.entry(ProtocolException.class, "what came back is no HTTP"),
          Map.entry(SocketException.class, "the connection was reset"),
          Map.entry(EOFException.class, "the connection was closed"));

  private NoAnswer() {}

  static M2mException explain(String where, Throwable thrown) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable link = thrown; link != null; link = link.getCause()) {
      if (link instanceof M2mException ours) return ours;
      chain.add(link);
    }
    // one round a SocketException is but a connection that broke
    boolean isTls = has(chain, SSLException.class) && !has(chain, SocketException.class);
    boolean isRetryable = has(chain, IOException.class) && !isTls;
    // what Java says of a certificate is its own words
    String tls = "TLS: " + String.valueOf(thrown.getMessage()).replaceAll("\\p{Cntrl}", "");
    String reason = isTls ? tls : reason(chain);
    return M2mException.transport("no answer from " + where + ": " + reason, isRetryable);
  }

  private static String reason(List<Throwable> chain) {
    for (Entry<Class<? extends Exception>, String> known : REASONS) {
      if (has(chain, known.getKey())) return known.getValue();
    }
    // the libraries tell of a proxy's answer to CONNECT in the message alone
    String text = String.valueOf(chain.get(0).getMessage());
    boolean isProxy = text.startsWith("Tunnel failed") || text.contains("for CONNECT");
    if (isProxy) return "the proxy answered " + text.replaceAll("[^0-9]", "");
    return chain.stream().map(link -> link.getClass().getName()).toList().toString();
  }

  private static boolean has(List<Throwable> chain, Class<?> type) {
    return chain.stream().anyMatch(type::isInstance);
  }
}
