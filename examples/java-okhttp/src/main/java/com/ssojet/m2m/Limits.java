package com.ssojet.m2m;

import java.time.Duration;

/** Every limit of the client. This is your code: change them here. */
final class Limits {
  static final Duration CONNECT = Duration.ofSeconds(5);

  /** One token request, from its start to the last byte of the answer. */
  static final Duration ONE_TRY = Duration.ofSeconds(10);

  /** One getting of a token: the secret's function, all tries and the waits between them. */
  static final Duration ALL_TRIES = Duration.ofSeconds(30);

  /** A caller waits no longer. A second more, so that the fetch ends first and says why. */
  static final Duration TOKEN_WAIT = ALL_TRIES.plusSeconds(1);

  static final int TRIES = 3;

  /** The wait after the first try is a random part of this, after the second of twice this. */
  static final Duration FIRST_WAIT = Duration.ofMillis(500);

  static final int TOKEN_RESPONSE_BYTES = 1024 * 1024;

  /** The life of a token whose response names none. */
  static final Duration DEFAULT_LIFE = Duration.ofSeconds(300);

  static final Duration LONGEST_LIFE = Duration.ofHours(24);

  /** A token is renewed in its last 60 s, or in its last tenth if that is less. */
  static final Duration EARLY_WINDOW = Duration.ofSeconds(60);

  /** No other early renewal for so long after one that failed. */
  static final Duration RENEWAL_PAUSE = Duration.ofSeconds(30);

  /** A 401 of the API drops a token at most once in this time. */
  static final Duration REFUSAL_WINDOW = Duration.ofSeconds(30);

  /** For an API request that sets no limit of its own. */
  static final Duration API_REQUEST = Duration.ofSeconds(30);

  private Limits() {}
}
