import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import { Config } from "../src/index.ts";
import { configFor, SECRET, vectors } from "./helpers.ts";

const API = "https://api.example.com/v1";
const FULL = {
  SSOJET_CLIENT_ID: "cli_example",
  SSOJET_CLIENT_SECRET: SECRET,
  SSOJET_API_URL: API,
};

test("everything missing is named in one error, empty variables too", () => {
  assert.throws(() => Config.fromEnv({ SSOJET_CLIENT_ID: "" }), {
    kind: "configuration",
    message:
      "missing or empty: SSOJET_CLIENT_ID (clientId), SSOJET_CLIENT_SECRET (clientSecret), SSOJET_API_URL (apiUrl)",
  });
});

test("what is not set has its default", () => {
  const config = Config.fromEnv({ ...FULL, SSOJET_SCOPE: " a\t b\u00a0\n" });
  assert.equal(config.tokenUrl, "https://api.ssojet.com/oauth/token");
  assert.equal(config.authMethod, "client_secret_post");
  assert.equal(config.scope, "a b");
});

test("an unknown auth method is refused with both names", () => {
  assert.throws(() => Config.fromEnv({ ...FULL, SSOJET_AUTH_METHOD: "basic" }), {
    message: /client_secret_post or client_secret_basic/,
  });
});

for (const [what, value, found] of [
  ["the line end of a secret file", `${SECRET}\n`, "a line end"],
  ["a control character", `${SECRET}\u001b`, "a control character"],
  ["half a surrogate pair", `${SECRET}\ud800`, "not valid Unicode"],
  ["a byte that was not UTF-8", `${SECRET}\ufffd`, "not valid Unicode"],
] as const) {
  test(`a secret with ${what} is refused`, () => {
    assert.throws(
      () => new Config({ clientId: "c", clientSecret: value, apiUrl: API }),
      ({ message }: Error) =>
        message.includes("SSOJET_CLIENT_SECRET (clientSecret)") &&
        message.includes(found) &&
        !message.includes(SECRET),
    );
  });
}

for (const { name, variables, url, accepted } of vectors.urls) {
  test(name, () => {
    for (const variable of variables) {
      const build = () => Config.fromEnv({ ...FULL, [variable]: url });
      if (accepted) {
        build();
      } else {
        assert.throws(
          build,
          ({ message }: Error) =>
            message.startsWith(variable) && !(url.length > 8 && message.includes(url)),
        );
      }
    }
  });
}

test("no printed form of a configuration shows the secret", () => {
  const config = configFor("http://127.0.0.1:1", { clientSecret: SECRET });
  const printed = [String(config), inspect(config, { showHidden: true }), JSON.stringify(config)];
  assert.ok(!printed.join().includes(SECRET));
});
