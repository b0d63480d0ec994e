package com.ssojet.m2m;

import com.ssojet.m2m.M2mConfig.AuthMethod;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One token request as it is sent (RFC 6749 sections 2.3.1 and 4.4.2).
 *
 * @param secrets the secret in each form in which it is sent, so that no error repeats it
 */
public record TokenRequest(
    URI url, AuthMethod method, Map<String, String> headers, String form, List<String> secrets) {
  /** Sends it by an HTTP library: once, and without following redirects. */
  public interface Transport {
    /** Waits as long as it takes: the caller sees to the time, and ends it by an interrupt. */
    TokenResponse send(TokenRequest request) throws Exception;
  }

  private static final String USER_AGENT = "ssojet-m2m-java/2.0.0";

  static TokenRequest buildTokenRequest(M2mConfig config, String secret) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/x-www-form-urlencoded");
    headers.put("Accept", "application/json");
    headers.put("User-Agent", USER_AGENT);
    String form = "grant_type=client_credentials";
    if (!config.scope.isEmpty()) form += "&scope=" + encode(config.scope);
    if (!config.audience.isEmpty()) form += "&audience=" + encode(config.audience);

    String pair = encode(config.clientId) + ":" + encode(secret);
    String basic = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.US_ASCII));
    if (config.authMethod == AuthMethod.CLIENT_SECRET_BASIC) {
      headers.put("Authorization", "Basic " + basic);
    } else {
      form += "&client_id=" + encode(config.clientId) + "&client_secret=" + encode(secret);
    }
    List<String> secrets = List.of(secret, encode(secret), basic);
    return new TokenRequest(config.tokenUrl, config.authMethod, headers, form, secrets);
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  /** In place of a record's own, which prints the fields. */
  @Override
  public String toString() {
    return "TokenRequest[" + url + "]";
  }
}
