package com.ssojet.m2m;

import static com.ssojet.m2m.TestSupport.*;
import static org.junit.jupiter.api.Assertions.*;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.ssojet.m2m.M2mException.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class M2mConfigTest {
  private static M2mConfig with(String name, String value) {
    Map<String, String> settings =
        Map.of(
            "SSOJET_CLIENT_ID", "cli_example",
            "SSOJET_CLIENT_SECRET", SECRET,
            "SSOJET_API_URL", API);
    return M2mConfig.from(n -> n.equals(name) ? value : settings.get(n));
  }

  private static void assertRefused(Executable executable, String... parts) {
    M2mException refused = failure(executable);
    assertEquals(Kind.CONFIGURATION, refused.kind());
    for (String part : parts) assertTrue(refused.getMessage().contains(part), refused.getMessage());
    assertFalse(refused.getMessage().contains(SECRET));
  }

  @Test
  void namesWhatIsMissingOrWrong() {
    String[] required = {"SSOJET_CLIENT_ID", "SSOJET_CLIENT_SECRET", "SSOJET_API_URL"};
    assertRefused(() -> M2mConfig.from(name -> ""), required);
    assertRefused(
        () -> with("SSOJET_AUTH_METHOD", "private_key_jwt"),
        "client_secret_post or client_secret_basic");
    assertRefused(
        () -> with("SSOJET_CLIENT_SECRET", SECRET + "\n"), "SSOJET_CLIENT_SECRET", "line end");
    assertRefused(() -> with("SSOJET_AUDIENCE", "bad \ufffd text"), "SSOJET_AUDIENCE");
  }

  @Test
  void canBeBuiltByCode() {
    M2mConfig config = M2mConfig.of("id", () -> SECRET, API).withScope(" a\tb \u00a0 c\n");
    assertEquals("a b c", config.scope);
    assertEquals("https://api.ssojet.com/oauth/token", config.tokenUrl.toString());
    assertRefused(() -> M2mConfig.of("", null, API), "clientId", "clientSecret");
    assertRefused(() -> config.withTokenUrl("http://example.com"), "tokenUrl");
  }

  @Test
  void aZeroInAnIpv6AddressIsNoPort() {
    with("SSOJET_API_URL", "https://[2001:db8:0:1::5]:8443/v1");
    with("SSOJET_API_URL", "https://[2001:db8::1:0]/v1");
    assertRefused(() -> with("SSOJET_API_URL", "https://[2001:db8::1]:0/v1"), "odd port");
    assertRefused(() -> with("SSOJET_API_URL", "https://[2001:db8::1]:0443/v1"), "odd port");
  }

  static List<JsonObject> urls() throws IOException {
    return vectors("urls");
  }

  @ParameterizedTest
  @MethodSource
  void urls(JsonObject row) {
    String url = row.get("url").getAsString();
    for (JsonElement name : row.getAsJsonArray("variables")) {
      if (row.get("accepted").getAsBoolean()) with(name.getAsString(), url);
      else assertRefused(() -> with(name.getAsString(), url), name.getAsString());
    }
  }
}
