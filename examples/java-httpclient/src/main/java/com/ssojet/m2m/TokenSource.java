package com.ssojet.m2m;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** Where a client gets its tokens: a {@link TokenProvider}, or a stub of it in your tests. */
public interface TokenSource {
  /**
   * A token that can be sent now; waits where one has to be fetched. Not named getToken, or JSON
   * libraries would call it.
   *
   * @throws M2mException if none can be had
   * @throws InterruptedException if the thread is interrupted; other callers go on
   */
  default String token() throws InterruptedException {
    try {
      return token(Limits.TOKEN_WAIT);
    } catch (TimeoutException late) {
      throw M2mException.transport("no token in time", true);
    }
  }

  /**
   * The same for a caller who has less time.
   *
   * @throws TimeoutException if there is no token by then; other callers go on
   */
  String token(Duration atMost) throws InterruptedException, TimeoutException;

  /** The same without waiting. To cancel it takes nothing from other callers. */
  CompletableFuture<String> tokenAsync();

  /** Drops this token if it is the one held, so that the next call fetches another. */
  void invalidate(String token);

  /**
   * For the API's 401: drops the refused token, unless a 401 dropped one shortly before, and starts
   * to fetch another.
   *
   * @return the token to send the request with once more, or empty to leave it at the 401
   */
  Optional<CompletableFuture<String>> handleUnauthorized(String refusedToken);
}
