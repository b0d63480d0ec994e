import assert from "node:assert/strict";
import test from "node:test";
import { buildTokenRequest, parseTokenResponse, type TokenResponse } from "../src/token-request.ts";
import { configFor, SECRET, vectors } from "./helpers.ts";

const CONFIG = configFor("https://auth.example.com");

function parse(response: Partial<TokenResponse>) {
  const whole = { status: 200, contentType: "application/json", retryAfter: null, body: "" };
  return parseTokenResponse({ ...whole, ...response }, CONFIG, SECRET);
}

for (const row of vectors.credentials) {
  const { client_id: clientId, client_secret: secret } = row;

  test(`${row.name}: in the body`, () => {
    const config = configFor("https://auth.example.com", { clientId });
    const { headers, body } = buildTokenRequest(config, secret);
    const form = new URLSearchParams(body);
    assert.equal(form.get("client_id"), clientId);
    assert.equal(form.get("client_secret"), secret);
    assert.ok(!("Authorization" in headers));
  });

  test(`${row.name}: as HTTP Basic`, () => {
    const authMethod = "client_secret_basic";
    const config = configFor("https://auth.example.com", { clientId, authMethod });
    const { headers, body } = buildTokenRequest(config, secret);
    const value = new Headers(headers).get("Authorization")?.replace("Basic ", "") ?? "";
    const [id = "", password = ""] = Buffer.from(value, "base64").toString().split(":");
    assert.ok(row.client_id_encoded.includes(id), id);
    assert.ok(row.client_secret_encoded.includes(password), password);
    assert.ok(!/client_(id|secret)/.test(body));
  });
}

test("scope and audience are sent when they are set", () => {
  const config = configFor("https://auth.example.com", { scope: "b  a", audience: "orders" });
  const form = new URLSearchParams(buildTokenRequest(config, SECRET).body);
  assert.deepEqual([form.get("scope"), form.get("audience")], ["b a", "orders"]);
  const bare = new URLSearchParams(buildTokenRequest(CONFIG, SECRET).body);
  assert.ok(!bare.has("scope") && !bare.has("audience"));
});

for (const { name, body, token, lifetime_s: life, error, mentions = "" } of vectors.responses) {
  test(name, () => {
    if (error === undefined) {
      assert.deepEqual(parse({ body }), { accessToken: token, lifeMs: (life ?? 0) * 1000 });
    } else {
      assert.throws(
        () => parse({ body }),
        (thrown: Error & { kind?: string }) =>
          thrown.kind === error && thrown.message.includes(mentions),
      );
    }
  });
}

test("an OAuth error carries what the endpoint said, and names the other auth method", () => {
  const body =
    '{"error":"invalid_client","error_description":"no such\\u001b client","error_uri":"u"}';
  assert.throws(() => parse({ status: 401, body }), {
    kind: "oauth",
    oauthError: "invalid_client",
    oauthErrorDescription: "no such client",
    oauthErrorUri: "u",
    tokenEndpointStatus: 401,
    message: /answered 401: invalid_client: no such client; .*client_secret_basic/,
  });
});

test("an error that repeats the secret is not carried", () => {
  const body = JSON.stringify({ error: "invalid_request", error_description: `got ${SECRET}` });
  assert.throws(() => parse({ status: 400, body }), { oauthErrorDescription: "[removed]" });
});

test("an answer that no token endpoint gives points to the URL", () => {
  for (const answer of [{ status: 302 }, { status: 404 }, { contentType: "text/html" }]) {
    assert.throws(() => parse(answer), { kind: "protocol", message: /check SSOJET_TOKEN_URL/ });
  }
  assert.throws(() => parse({ status: 503, contentType: "text/html" }), {
    kind: "transport",
    message: /answered 503$/,
  });
});

test("Retry-After is read as seconds or as a date of RFC 9110", () => {
  const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
  for (const [value, low, high] of [
    ["120", 120_000, 120_000],
    [inAnHour, 3_590_000, 3_600_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0, 0],
  ] as const) {
    assert.throws(
      () => parse({ status: 503, retryAfter: value }),
      ({ retryAfterMs = -1 }: { retryAfterMs?: number }) =>
        low <= retryAfterMs && retryAfterMs <= high,
    );
  }
  for (const value of ["soon", "2030-01-01 00:00:00", "-1", "1.5"]) {
    assert.throws(() => parse({ status: 503, retryAfter: value }), { retryAfterMs: undefined });
  }
});
