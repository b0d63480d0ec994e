package com.ssojet.m2m;

import static com.ssojet.m2m.TestSupport.*;
import static org.junit.jupiter.api.Assertions.*;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.ssojet.m2m.M2mConfig.AuthMethod;
import com.ssojet.m2m.M2mException.Kind;
import com.ssojet.m2m.TokenProvider.Token;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is sent to the token endpoint, and how its answer is read. */
class TokenRequestTest {
  private static final M2mConfig CONFIG = M2mConfig.of("cli_example", () -> SECRET, API);
  private static final TokenRequest REQUEST = TokenRequest.buildTokenRequest(CONFIG, SECRET);

  private static TokenResponse response(int status, String body) {
    byte[] bytes = body == null ? null : body.getBytes(StandardCharsets.UTF_8);
    return new TokenResponse(REQUEST, status, name -> "Fri, 31 Dec 9999 23:59:59 GMT", bytes);
  }

  private static M2mException refusal(int status, String body) {
    return failure(() -> response(status, body).parseTokenResponse(0, 0));
  }

  @Test
  void scopeAndAudienceAreSentOnlyWhenSet() {
    String grant = "grant_type=client_credentials";
    String credentials = "&client_id=cli_example&client_secret=" + SECRET;
    assertEquals(grant + credentials, REQUEST.form());
    M2mConfig more = CONFIG.withScope("a b").withAudience("orders/v1");
    String form = TokenRequest.buildTokenRequest(more, SECRET).form();
    assertEquals(grant + "&scope=a+b&audience=orders%2Fv1" + credentials, form);
  }

  static List<JsonObject> credentials() throws IOException {
    return vectors("credentials");
  }

  @ParameterizedTest
  @MethodSource
  void credentials(JsonObject row) {
    String id = row.get("client_id").getAsString();
    String secret = row.get("client_secret").getAsString();
    M2mConfig config =
        M2mConfig.of(id, () -> secret, API).withAuthMethod(AuthMethod.CLIENT_SECRET_BASIC);
    TokenRequest sent = TokenRequest.buildTokenRequest(config, secret);
    String value = sent.headers().get("Authorization").replaceFirst("^Basic ", "");
    String pair = new String(Base64.getDecoder().decode(value), StandardCharsets.US_ASCII);
    String[] parts = pair.split(":", -1);
    assertEquals(2, parts.length);
    assertTrue(row.getAsJsonArray("client_id_encoded").contains(new JsonPrimitive(parts[0])));
    assertTrue(row.getAsJsonArray("client_secret_encoded").contains(new JsonPrimitive(parts[1])));
  }

  static List<JsonObject> responses() throws IOException {
    return vectors("responses");
  }

  @ParameterizedTest
  @MethodSource
  void responses(JsonObject row) {
    TokenResponse response = response(200, row.get("body").getAsString());
    if (row.has("error")) {
      M2mException refused = failure(() -> response.parseTokenResponse(0, 0));
      String kind = row.get("error").getAsString().toUpperCase(Locale.ROOT);
      assertEquals(Kind.valueOf(kind), refused.kind());
      assertEquals(200, refused.status().orElseThrow());
      String mentioned = row.has("mentions") ? row.get("mentions").getAsString() : "";
      assertTrue(refused.getMessage().contains(mentioned), refused.getMessage());
      return;
    }
    long life = Duration.ofSeconds(row.get("lifetime_s").getAsLong()).toNanos();
    long window = Math.min(Duration.ofSeconds(60).toNanos(), life / 10);
    assertEquals(
        new Token(row.get("token").getAsString(), 7 + life - window, 7 + life),
        response.parseTokenResponse(7, 8),
        "the life counts from when the request was sent");
    M2mException late = failure(() -> response.parseTokenResponse(7, 7 + life));
    assertTrue(late.kind() == Kind.TRANSPORT && late.retryable());
  }

  @Test
  void anOAuthErrorIsToldInFullButForTheSecret() {
    String echo = SECRET.substring(0, 4) + "\\u0000" + SECRET.substring(4);
    String body = "{\"error\":\"invalid_client\",\"error_description\":\"" + echo + "\"}";
    M2mException refused = refusal(401, body);
    assertEquals(Kind.OAUTH, refused.kind());
    assertEquals(401, refused.status().orElseThrow());
    assertEquals("[removed]", refused.oauthError().orElseThrow().description());
    assertTrue(refused.getMessage().contains("client_secret_basic"), refused.getMessage());
    assertFalse(printed(refused).contains(SECRET));
  }

  @Test
  void anAnswerThatIsNoneOfOAuthsSaysWhatToDo() {
    M2mException later = refusal(503, "down for maintenance");
    assertTrue(later.retryable());
    assertEquals(Duration.ofDays(1), later.retryAfter().orElseThrow());
    assertEquals(Kind.PROTOCOL, refusal(404, "{}").kind());
    assertTrue(refusal(404, "{}").getMessage().contains("check SSOJET_TOKEN_URL"));
    assertTrue(refusal(407, "").getMessage().contains("proxy"));
    String tooLong = " ".repeat(Limits.TOKEN_RESPONSE_BYTES) + "{}";
    assertTrue(refusal(200, tooLong).getMessage().contains("too long"));
    assertTrue(refusal(200, null).getMessage().contains("ended early"));
  }
}
