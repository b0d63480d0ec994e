import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import test from "node:test";
import { inspect } from "node:util";
import { SsojetError, TokenProvider } from "../src/index.ts";
import { decide } from "../src/token-provider.ts";
import { configFor, SECRET, startServer, tokenReply, until, vectors } from "./helpers.ts";

for (const { name, now, held, renewing, paused_until, use, renew } of vectors.decisions) {
  test(name, () => {
    const times = held ? { earlyAt: held.early_at, expiresAt: held.expires_at } : undefined;
    assert.deepEqual(decide(now, times, renewing, paused_until), { use, renew });
  });
}

/** A clock that stands still until a test moves it, in seconds. */
function fakeClock() {
  let seconds = 1000;
  return {
    now: () => seconds * 1000,
    forward(by: number) {
      seconds += by;
    },
  };
}

test("any number of callers get the token of one request", async (t) => {
  const { url, tokenRequests } = await startServer(t);
  const tokens = new TokenProvider(configFor(url));
  const got = await Promise.all(Array.from({ length: 50 }, () => tokens.getToken()));
  assert.deepEqual(new Set(got), new Set(["example-token-1"]));
  assert.equal(await tokens.getToken(), "example-token-1");
  assert.equal(tokenRequests.length, 1);
});

test("a refusal reaches every caller as an error of their own, and the next call asks again", async (t) => {
  const { url, tokenRequests } = await startServer(t, {
    answerToken: (count) =>
      count === 1 ? { status: 400, body: '{"error":"invalid_scope"}' } : tokenReply(count),
  });
  const tokens = new TokenProvider(configFor(url));
  async function firstCaller() {
    await tokens.getToken();
  }
  const results = await Promise.allSettled([firstCaller(), tokens.getToken()]);
  const [first, second] = results.map((result) => (result as PromiseRejectedResult).reason);
  assert.ok(first instanceof SsojetError && second instanceof SsojetError);
  assert.notEqual(first, second);
  assert.match(first.stack ?? "", /firstCaller/);
  assert.equal(await tokens.getToken(), "example-token-2");
  assert.equal(tokenRequests.length, 2);
});

test("a status such as 503 is tried three times, with Retry-After as the wait", async (t) => {
  const { url, tokenRequests } = await startServer(t, {
    answerToken: (count) =>
      count < 3 ? { status: 503, headers: { "Retry-After": "0" } } : tokenReply(count),
  });
  const tokens = new TokenProvider(configFor(url));
  assert.equal(await tokens.getToken(), "example-token-3");
  assert.equal(tokenRequests.length, 3);
});

test("a wait for which there is no time fails at once", async (t) => {
  const { url, tokenRequests } = await startServer(t, {
    answerToken: () => ({ status: 429, headers: { "Retry-After": "40" } }),
  });
  await assert.rejects(new TokenProvider(configFor(url)).getToken(), {
    kind: "transport",
    retryable: true,
    tokenEndpointStatus: 429,
    message: /no time for a wait of 40 s/,
  });
  assert.equal(tokenRequests.length, 1);
});

test("an endpoint that cannot be reached is named with the reason", async (t) => {
  t.mock.method(Math, "random", () => 0);
  const config = configFor("http://127.0.0.1:2");
  await assert.rejects(new TokenProvider(config).getToken(), {
    kind: "transport",
    retryable: true,
    message: /no answer from the token endpoint at 127\.0\.0\.1:2: .*refused \(ECONNREFUSED\)/,
  });
});

test("life is counted from before the request, on the clock that is given", async (t) => {
  const clock = fakeClock();
  const { url, tokenRequests } = await startServer(t, {
    answerToken: (count) => {
      clock.forward(5); // the answer takes five seconds
      return tokenReply(count, 100);
    },
  });
  const tokens = new TokenProvider(configFor(url), { now: clock.now });
  await tokens.getToken();
  clock.forward(84);
  assert.equal(await tokens.getToken(), "example-token-1");
  assert.equal(tokenRequests.length, 1, "the last tenth has not begun");
  clock.forward(11);
  assert.equal(await tokens.getToken(), "example-token-2");
});

test("a renewal that fails is a warning, a pause, and no caller's error", async (t) => {
  const clock = fakeClock();
  const { url, tokenRequests } = await startServer(t, {
    answerToken: (count) => (count === 2 ? { status: 503 } : tokenReply(count, 1000)),
  });
  const tokens = new TokenProvider(configFor(url), { now: clock.now });
  await tokens.getToken();
  clock.forward(950);
  const warned = once(process, "warning");
  assert.equal(await tokens.getToken(), "example-token-1");
  const [warning] = await warned;
  assert.equal(warning.name, "SsojetWarning");
  assert.match(warning.message, /cli_example: the token endpoint at 127\.0\.0\.1:\d+ answered 503/);
  assert.ok(!warning.message.includes(SECRET) && !warning.message.includes("example-token"));

  assert.equal(await tokens.getToken(), "example-token-1");
  assert.equal(tokenRequests.length, 2, "no renewal during the pause");
  clock.forward(30);
  assert.equal(await tokens.getToken(), "example-token-1");
  await until(() => tokenRequests.length === 3);
});

test("a 401 in the moment in which a renewal fails begins another", async (t) => {
  const clock = fakeClock();
  const { url } = await startServer(t, {
    answerToken: (count) => (count === 2 ? { status: 503 } : tokenReply(count, 1000)),
  });
  const tokens = new TokenProvider(configFor(url), { now: clock.now });
  const first = await tokens.getToken();
  clock.forward(950);
  const second = new Promise((resolve) => {
    t.mock.method(process, "emitWarning", () => {
      queueMicrotask(() => {
        assert.equal(tokens.handleUnauthorized(first), true);
        resolve(tokens.getToken());
      });
    });
  });
  assert.equal(await tokens.getToken(), first);
  assert.equal(await second, "example-token-3");
});

test("an error whose code is a number ends a renewal like any other", async (t) => {
  const clock = fakeClock();
  const { url } = await startServer(t);
  const config = configFor(url);
  const tokens = new TokenProvider(config, { now: clock.now });
  const first = await tokens.getToken();
  const failing = t.mock.method(config, "readSecret", async () => {
    throw new DOMException("too late", "TimeoutError");
  });
  clock.forward(3550);
  const warned = once(process, "warning");
  assert.equal(await tokens.getToken(), first);
  assert.match((await warned)[0].message, /no answer from .*: TimeoutError/);
  assert.equal(await tokens.getToken(), first);
  assert.equal(failing.mock.callCount(), 1, "no renewal during the pause");
  tokens.invalidate(first);
  await assert.rejects(tokens.getToken(), { name: "SsojetError", kind: "transport" });
});

test("a warning names the token endpoint, whatever went wrong", async (t) => {
  const clock = fakeClock();
  const { url } = await startServer(t);
  const secrets = [SECRET];
  const clientSecret = () => secrets.pop() ?? assert.fail("the vault is sealed");
  const tokens = new TokenProvider(configFor(url, { clientSecret }), { now: clock.now });
  await tokens.getToken();
  clock.forward(3550);
  const warned = once(process, "warning");
  await tokens.getToken();
  assert.match((await warned)[0].message, /cli_example from 127\.0\.0\.1:\d+: .* failed$/);
});

/** A caller that gives up at once. */
async function giveUp(tokens: TokenProvider) {
  const controller = new AbortController();
  const token = tokens.getToken({ signal: controller.signal });
  controller.abort();
  await assert.rejects(token, { name: "AbortError" });
}

test("a caller that gives up disturbs no other", async (t) => {
  const { url, tokenRequests } = await startServer(t);
  const tokens = new TokenProvider(configFor(url));
  const givesUp = giveUp(tokens);
  assert.equal(await tokens.getToken(), "example-token-1");
  await givesUp;
  assert.equal(tokenRequests.length, 1);
});

test("a request that all have given up ends after a second without a caller", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const clientSecret = t.mock.fn(() => new Promise<string>(() => {}));
  const tokens = new TokenProvider(configFor("http://127.0.0.1:2", { clientSecret }));
  for (let second = 0; second < 3; second += 1) {
    await giveUp(tokens);
    t.mock.timers.tick(999);
  }
  assert.equal(clientSecret.mock.callCount(), 1);
  t.mock.timers.tick(1);
  await giveUp(tokens);
  assert.equal(clientSecret.mock.callCount(), 2);
});

test("a 401 drops a token once in 30 seconds", async (t) => {
  const clock = fakeClock();
  const { url } = await startServer(t);
  const tokens = new TokenProvider(configFor(url), { now: clock.now });
  const first = await tokens.getToken();
  assert.equal(tokens.handleUnauthorized(first), true);
  const second = await tokens.getToken();
  assert.equal(second, "example-token-2");
  assert.equal(tokens.handleUnauthorized(first), true, "another token is held by now");
  assert.equal(tokens.handleUnauthorized(second), false, "within 30 s of the first drop");
  assert.equal(await tokens.getToken(), second);
  clock.forward(30);
  assert.equal(tokens.handleUnauthorized(second), true);
  assert.equal(await tokens.getToken(), "example-token-3");
});

test("a 401 that has dropped no token does not count", async (t) => {
  const { url } = await startServer(t);
  const tokens = new TokenProvider(configFor(url));
  const first = await tokens.getToken();
  tokens.invalidate(first);
  assert.equal(tokens.handleUnauthorized(first), true);
  const second = await tokens.getToken();
  assert.equal(tokens.handleUnauthorized(second), true);
  assert.equal(await tokens.getToken(), "example-token-3");
});

test("to invalidate a token drops it, and no other", async (t) => {
  const { url } = await startServer(t);
  const tokens = new TokenProvider(configFor(url));
  await tokens.getToken();
  tokens.invalidate("example-token-0");
  assert.equal(await tokens.getToken(), "example-token-1");
  tokens.invalidate("example-token-1");
  assert.equal(await tokens.getToken(), "example-token-2");
});

test("the secret may be a function, asked for each token request", async (t) => {
  const { url, tokenRequests } = await startServer(t);
  let version = 0;
  const clientSecret = async () => `fake-secret-${++version}`;
  const tokens = new TokenProvider(configFor(url, { clientSecret }));
  tokens.invalidate(await tokens.getToken());
  await tokens.getToken();
  const secrets = tokenRequests.map(({ body }) => new URLSearchParams(body).get("client_secret"));
  assert.deepEqual(secrets, ["fake-secret-1", "fake-secret-2"]);
});

test("a secret function that fails is asked once, and its error is the cause", async (t) => {
  const { url, tokenRequests } = await startServer(t);
  const cause = new Error("the vault is sealed");
  let asked = 0;
  const clientSecret = () => {
    asked += 1;
    throw cause;
  };
  const tokens = new TokenProvider(configFor(url, { clientSecret }));
  await assert.rejects(tokens.getToken(), { kind: "configuration", retryable: false, cause });
  const empty = new TokenProvider(configFor(url, { clientSecret: () => "" }));
  await assert.rejects(empty.getToken(), { message: /missing or empty: SSOJET_CLIENT_SECRET/ });
  assert.deepEqual([asked, tokenRequests.length], [1, 0]);
});

test("a secret function that hangs is named", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const config = configFor("http://127.0.0.1:2", { clientSecret: () => new Promise(() => {}) });
  let seconds = 0;
  const tokens = new TokenProvider(config, { now: () => seconds * 1000 });
  const failed = assert.rejects(tokens.getToken(), {
    kind: "transport",
    message: /the clientSecret function gave no answer/,
  });
  while (seconds < 40) {
    seconds += 1;
    t.mock.timers.tick(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await failed;
});

test("a renewal does not run in the context of the caller who starts it", async (t) => {
  const { url } = await startServer(t);
  const requestId = new AsyncLocalStorage<string>();
  let seen: string | undefined = "nothing yet";
  const clientSecret = () => {
    seen = requestId.getStore();
    return SECRET;
  };
  const tokens = new TokenProvider(configFor(url, { clientSecret }));
  await requestId.run("request 1", () => tokens.getToken());
  assert.equal(seen, undefined);
});

test("no printed form of a provider or an error shows secret or token", async (t) => {
  const answers = [
    tokenReply(1),
    { status: 401, body: `{"error":"invalid_client","x":"${SECRET}"}` },
  ];
  const { url } = await startServer(t, { answerToken: () => answers.shift() ?? {} });
  const tokens = new TokenProvider(configFor(url));
  const token = await tokens.getToken();
  tokens.invalidate(token);
  const error = await tokens.getToken().catch((reason: unknown) => reason);
  for (const thing of [tokens, error]) {
    const { stack = "" } = thing as Error;
    const shown = [
      String(thing),
      stack,
      JSON.stringify(thing),
      inspect(thing, { showHidden: true }),
    ];
    assert.ok(!shown.join().includes(SECRET) && !shown.join().includes(token));
  }
  assert.ok(!("status" in (error as object)) && !("statusCode" in (error as object)));
});
