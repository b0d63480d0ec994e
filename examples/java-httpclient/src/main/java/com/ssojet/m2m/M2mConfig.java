package com.ssojet.m2m;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** What the client needs to know, checked before any request. */
public final class M2mConfig {
  /** How the client proves its identity to the token endpoint (RFC 6749 section 2.3.1). */
  public enum AuthMethod {
    /** Id and secret are fields of the form. */
    CLIENT_SECRET_POST,
    /** Id and secret are in the Authorization header. */
    CLIENT_SECRET_BASIC;

    AuthMethod other() {
      return this == CLIENT_SECRET_POST ? CLIENT_SECRET_BASIC : CLIENT_SECRET_POST;
    }

    /** As SSOJET_AUTH_METHOD and the error messages have it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final String CLIENT_ID = "SSOJET_CLIENT_ID (clientId)";
  static final String CLIENT_SECRET = "SSOJET_CLIENT_SECRET (clientSecret)";
  static final String API_URL = "SSOJET_API_URL (apiUrl)";
  private static final String TOKEN_URL = "SSOJET_TOKEN_URL (tokenUrl)";
  private static final String SCOPE = "SSOJET_SCOPE (scope)";
  private static final String AUDIENCE = "SSOJET_AUDIENCE (audience)";
  private static final String AUTH_METHOD = "SSOJET_AUTH_METHOD (authMethod)";

  // transient: a JSON library that reads private fields would print what they hold
  private final transient Function<String, String> settings;
  private final transient Callable<String> clientSecret;
  final String clientId;
  final URI apiUrl;
  final URI tokenUrl;
  final String scope; // empty is none, as for the audience
  final String audience;
  final AuthMethod authMethod;

  private M2mConfig(Function<String, String> settings, Callable<String> clientSecret) {
    this.settings = settings;
    this.clientSecret = clientSecret;
    List<String> missing = new ArrayList<>();
    if (text(CLIENT_ID, "").isEmpty()) missing.add(CLIENT_ID);
    if (clientSecret == null) missing.add(CLIENT_SECRET);
    if (text(API_URL, "").isEmpty()) missing.add(API_URL);
    if (!missing.isEmpty()) throw wrong("missing or empty: " + String.join(", ", missing));
    clientId = checkCredential(CLIENT_ID, text(CLIENT_ID, ""));
    apiUrl = checkUrl(API_URL, text(API_URL, ""), false);
    tokenUrl = checkUrl(TOKEN_URL, text(TOKEN_URL, "https://api.ssojet.com/oauth/token"), true);
    // (?U): the white space of all of Unicode, not of ASCII alone
    scope = text(SCOPE, "").replaceAll("(?U)\\s+", " ").strip();
    audience = text(AUDIENCE, "");
    String method = text(AUTH_METHOD, "client_secret_post");
    boolean isKnown = method.matches("client_secret_(post|basic)");
    if (!isKnown) throw wrong(AUTH_METHOD + " must be client_secret_post or client_secret_basic");
    authMethod = AuthMethod.valueOf(method.toUpperCase(Locale.ROOT));
  }

  /**
   * The settings that have no default.
   *
   * @param clientSecret called for each token request: a rotated secret needs no restart
   * @param apiUrl the base URL of the protected API
   * @throws M2mException if one is missing or wrong
   */
  public static M2mConfig of(String clientId, Callable<String> clientSecret, String apiUrl) {
    Map<String, String> settings = new HashMap<>();
    settings.put(CLIENT_ID, clientId);
    settings.put(API_URL, apiUrl);
    return new M2mConfig(settings::get, clientSecret);
  }

  /** From SSOJET_CLIENT_ID and the other environment variables; an empty one counts as absent. */
  public static M2mConfig fromEnvironment() {
    return from(System::getenv);
  }

  /** From the same names in another source, such as Spring's {@code environment::getProperty}. */
  public static M2mConfig from(Function<String, String> source) {
    Function<String, String> settings = label -> source.apply(label.replaceFirst(" .*", ""));
    String secret = settings.apply(CLIENT_SECRET);
    boolean isMissing = secret == null || secret.isEmpty();
    M2mConfig config = new M2mConfig(settings, isMissing ? null : () -> secret);
    config.currentSecret(); // checks it
    return config;
  }

  public M2mConfig withTokenUrl(String url) {
    return with(TOKEN_URL, url);
  }

  /** With scopes that have white space of any kind between. */
  public M2mConfig withScope(String scopes) {
    return with(SCOPE, scopes);
  }

  public M2mConfig withAudience(String name) {
    return with(AUDIENCE, name);
  }

  public M2mConfig withAuthMethod(AuthMethod method) {
    return with(AUTH_METHOD, method.toString());
  }

  /** The base URL of the protected API. */
  public URI apiUrl() {
    return apiUrl;
  }

  /** The secret as it is now. */
  String currentSecret() {
    String secret;
    try {
      secret = clientSecret.call();
    } catch (Throwable failure) { // an Error of the owner's function is as much a wrong setting
      throw M2mException.configuration("the function for " + CLIENT_SECRET + " failed", failure);
    }
    boolean isMissing = secret == null || secret.isEmpty();
    if (isMissing) throw wrong("missing or empty: " + CLIENT_SECRET + " of its function");
    return checkCredential(CLIENT_SECRET, secret);
  }

  private M2mConfig with(String name, String value) {
    return new M2mConfig(n -> n.equals(name) ? value : settings.apply(n), clientSecret);
  }

  private String text(String name, String byDefault) {
    String value = settings.apply(name);
    return value == null || value.isEmpty() ? byDefault : checkUnicode(name, value);
  }

  static URI checkUrl(String name, String text, boolean mayHaveQuery) {
    try {
      URI url = new URI(text); // refuses spaces, backslashes and control characters
      String host = url.getHost() == null ? "" : url.getHost();
      boolean isLoopback = host.matches("(?i)localhost|\\[::1]|127(\\.\\d{1,3}){3}");
      boolean isLocal = isLoopback && "http".equalsIgnoreCase(url.getScheme());
      boolean isHttps = !host.isEmpty() && "https".equalsIgnoreCase(url.getScheme());
      String authority = String.valueOf(url.getRawAuthority());
      boolean isPortOdd = url.getPort() > 65535 || authority.matches(".*:0\\d*");
      boolean hasExtras = url.getRawUserInfo() != null || url.getRawFragment() != null;
      boolean isQueryFine = mayHaveQuery || url.getRawQuery() == null;
      if ((isHttps || isLocal) && !isPortOdd && !hasExtras && isQueryFine) return url;
    } catch (URISyntaxException quotesTheUrl) {
      // the URL may hold a password: its text is in no message
    }
    String rule = " must be an https URL, or http to localhost, 127.0.0.0/8 or [::1]; without user";
    throw wrong(name + rule + " info, fragment, spaces, odd port or (API URL) query");
  }

  /** The URL of a path below the API's. One that looks like another URL is refused. */
  static String join(URI apiUrl, String path) {
    if (path.matches("(?i)https?:.*")) throw wrong("a path is wanted, as /orders, not a URL");
    return apiUrl.toString().replaceFirst("/+$", "") + "/" + path.replaceFirst("^/+", "");
  }

  private static String checkCredential(String name, String value) {
    boolean hasControl = value.chars().anyMatch(Character::isISOControl);
    if (hasControl) throw wrong(name + " contains a control character, mostly a file's line end");
    return checkUnicode(name, value);
  }

  private static String checkUnicode(String name, String value) {
    if (isUnicode(value)) return value;
    throw wrong(name + " contains invalid Unicode; if it looks right, set LC_ALL to C.UTF-8");
  }

  /** Java reads as U+FFFD what it cannot decode, in the environment and in an HTTP body. */
  static boolean isUnicode(String text) {
    return !text.contains("\uFFFD") && StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  private static M2mException wrong(String problem) {
    return M2mException.configuration(problem, null);
  }
}
