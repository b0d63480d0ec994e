package com.ssojet.m2m;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.ssojet.m2m.M2mException.Facts;
import com.ssojet.m2m.M2mException.Kind;
import com.ssojet.m2m.M2mException.OAuthError;
import com.ssojet.m2m.TokenProvider.Token;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * The answer to a token request (RFC 6749 section 5).
 *
 * @param header gives a header, null if there is none of that name
 * @param body null if it ended early; no more of it is needed than a byte over the limit
 */
public record TokenResponse(
    TokenRequest request, int status, Function<String, String> header, byte[] body) {
  private static final Set<Integer> RETRIED_STATUSES = Set.of(408, 429, 500, 502, 503, 504);
  private static final Gson GSON = new GsonBuilder().setStrictness(Strictness.STRICT).create();

  /** The token of the answer, whose life began when the request was sent, if not later. */
  Token parseTokenResponse(long sentAt, long now) {
    JsonObject json = parseBody();
    String accessToken = text(json, "access_token");
    List<String> secrets = new ArrayList<>(request.secrets());
    secrets.add(accessToken);
    String error = quote(json, "error", secrets);
    if (!error.isEmpty()) {
      String description = quote(json, "error_description", secrets);
      throw refusal(new OAuthError(error, description, quote(json, "error_uri", secrets)));
    }
    if (status != 200) throw unusable("neither a token nor an OAuth error");
    if (!accessToken.matches("[!-~]+")) throw unusable("no usable access_token");
    String type = isAbsent(json, "token_type") ? "Bearer" : quote(json, "token_type", secrets);
    if (!type.equalsIgnoreCase("Bearer")) throw unusable("token_type is not Bearer but " + type);
    double seconds = lifeInSeconds(json);
    boolean isLifeUsable = seconds >= 1; // NaN is not
    if (!isLifeUsable) throw unusable("no usable expires_in");

    double longest = Limits.LONGEST_LIFE.toSeconds();
    long life = Duration.ofSeconds((long) Math.min(seconds, longest)).toNanos();
    long expiresAt = sentAt + life;
    boolean isOver = now >= expiresAt;
    if (isOver) throw failure(Kind.TRANSPORT, "the token has expired already", null);
    long earlyWindow = Math.min(Limits.EARLY_WINDOW.toNanos(), life / 10);
    return new Token(accessToken, expiresAt - earlyWindow, expiresAt);
  }

  private JsonObject parseBody() {
    if (body == null) throw unusable("the body ended early");
    if (body.length > Limits.TOKEN_RESPONSE_BYTES) throw unusable("the body is too long");
    try {
      JsonObject json = GSON.fromJson(new String(body, StandardCharsets.UTF_8), JsonObject.class);
      if (json != null) return json;
    } catch (JsonParseException quotesTheBody) {
      // so its text is shown to nobody
    }
    throw unusable("no JSON object");
  }

  private static double lifeInSeconds(JsonObject json) {
    if (isAbsent(json, "expires_in")) return Limits.DEFAULT_LIFE.toSeconds();
    JsonElement life = json.get("expires_in");
    boolean isDigits = text(json, "expires_in").matches("[0-9]+");
    boolean isNumber = life instanceof JsonPrimitive value && value.isNumber();
    return isDigits || isNumber ? Math.floor(life.getAsDouble()) : Double.NaN;
  }

  private static boolean isAbsent(JsonObject json, String member) {
    return !json.has(member) || json.get(member).isJsonNull();
  }

  /** Empty for a member that is absent, no string, or not to be read as text. */
  private static String text(JsonObject json, String member) {
    JsonElement element = json.get(member);
    boolean isString = element instanceof JsonPrimitive value && value.isString();
    return isString && M2mConfig.isUnicode(element.getAsString()) ? element.getAsString() : "";
  }

  /** A member's text as it may stand in an error. */
  private static String quote(JsonObject json, String member, List<String> secrets) {
    String clean = text(json, member).replaceAll("[\\x00-\\x1f\\x7f-\\x9f]", "");
    boolean holdsSecret = secrets.stream().anyMatch(s -> s.length() >= 8 && clean.contains(s));
    return holdsSecret ? "[removed]" : clean.replaceFirst("(?s)^(.{256}).*", "$1");
  }

  private M2mException refusal(OAuthError error) {
    String message = error.code();
    if (!error.description().isEmpty()) message += ": " + error.description();
    if (error.code().equals("invalid_client")) {
      message += "; check id and secret, and whether SSOJET_AUTH_METHOD should be ";
      message += request.method().other();
    }
    return failure(Kind.OAUTH, message, error);
  }

  private M2mException unusable(String problem) {
    boolean isRetried = RETRIED_STATUSES.contains(status);
    return failure(isRetried ? Kind.TRANSPORT : Kind.PROTOCOL, problem, null);
  }

  private M2mException failure(Kind kind, String message, OAuthError error) {
    boolean isRetryable = kind == Kind.TRANSPORT || RETRIED_STATUSES.contains(status);
    String type = String.valueOf(header.apply("Content-Type")).toLowerCase(Locale.ROOT);
    boolean isHtml = type.contains("html") && status < 500;
    boolean isElsewhere = status / 100 == 3 || Set.of(404, 405, 415).contains(status);
    String hint = isHtml || isElsewhere ? "; check SSOJET_TOKEN_URL" : "";
    if (status == 407) hint = "; it is a proxy that answered";
    String host = "the token endpoint at " + request.url().getHost();
    String text = host + " answered " + status + ": " + message + hint;
    Duration wait = parseRetryAfter(String.valueOf(header.apply("Retry-After")));
    return new M2mException(text, null, new Facts(kind, isRetryable, status, wait, error));
  }

  /** Seconds or an HTTP date (RFC 9110 section 10.2.3); null for anything else. */
  private static Duration parseRetryAfter(String value) {
    if (value.matches("[0-9]{1,9}")) return Duration.ofSeconds(Long.parseLong(value));
    try {
      DateTimeFormatter httpDate = DateTimeFormatter.RFC_1123_DATE_TIME;
      Instant date = ZonedDateTime.parse(value, httpDate).toInstant();
      long seconds = Instant.now().until(date, ChronoUnit.SECONDS) + 1; // rounded up
      // a day at most: the year 9999 would overflow a sum of nanoseconds
      return Duration.ofSeconds(Math.max(0, Math.min(seconds, Duration.ofDays(1).toSeconds())));
    } catch (DateTimeException noDate) {
      return null;
    }
  }
}
