import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import test from "node:test";
import { inspect } from "node:util";
import { HTTPError, type NormalizedOptions, RequestError } from "got";
import { createAuthorizedGot, TokenProvider } from "../src/index.ts";
import { configFor, type Received, startServer, tokenReply, until, vectors } from "./helpers.ts";

/** Takes no token but this one. */
const accepting =
  (token: string) =>
  (_: number, { authorization }: Received) => ({
    status: authorization === `Bearer ${token}` ? 200 : 401,
  });
const bearers = (calls: Received[]) => calls.map(({ authorization }) => authorization);

test("the token is sent, and a path is appended to that of the API", async (t) => {
  const { url, calls } = await startServer(t);
  const api = createAuthorizedGot(configFor(url));
  assert.deepEqual(await api("orders").json(), []);
  await api(`${url}/v1/orders`);
  assert.deepEqual(new Set(calls.map(({ path }) => path)), new Set(["/v1/orders"]));
  assert.deepEqual(new Set(bearers(calls)), new Set(["Bearer example-token-1"]));
  await assert.rejects(api("/orders"), { message: /must not start with a slash/ });
});

for (const { name, path } of vectors.paths) {
  test(name, async (t) => {
    const decoy = await startServer(t);
    const { url } = await startServer(t);
    const api = createAuthorizedGot(configFor(url));
    await api(path.replace("{decoy}", new URL(decoy.url).host)).catch((error: unknown) => {
      assert.ok(error instanceof RequestError && error.message.includes("slash"));
    });
    assert.ok(bearers(decoy.calls).every((bearer) => bearer === undefined));
  });
}

test("after a 401 the same request is sent once more with a new token", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t, {
    answerCall: accepting("example-token-2"),
  });
  const body = new FormData();
  body.set("file", new Blob(["content"]), "file.txt");
  for (const payload of [{ body: "text" }, { json: [1] }, { form: { a: 1 } }, { body }]) {
    calls.length = 0;
    tokenRequests.length = 0;
    const { statusCode } = await createAuthorizedGot(configFor(url)).put("orders", payload);
    assert.equal(statusCode, 200);
    const [first, second] = calls.map(
      (call) => `${call.method} ${call.body.replaceAll(/-{4,}\S+/g, "boundary")}`,
    );
    assert.equal(first, second);
    assert.equal(calls.length, 2);
  }
});

test("a 401 costs one token request, even one that fails before got sends again", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t, {
    answerToken: (n) => (n === 1 ? tokenReply(n) : { status: 400, body: '{"error":"refused"}' }),
    answerCall: () => ({ status: 401 }),
  });
  const tokens = new TokenProvider(configFor(url));
  const holdUp = async () => {
    if (calls.length === 0) return;
    await tokens.getToken().catch(() => {}); // the one that is under way
  };
  const api = createAuthorizedGot({ apiUrl: url, tokens }, { hooks: { beforeRequest: [holdUp] } });
  await assert.rejects(api("orders"), { name: "SsojetError", oauthError: "refused" });
  assert.deepEqual([calls.length, tokenRequests.length], [1, 2]);
});

test("hooks of the caller's see one answer", async (t) => {
  const { url, calls } = await startServer(t, { answerCall: accepting("example-token-2") });
  const seen: number[] = [];
  const api = createAuthorizedGot(configFor(url), {
    hooks: {
      afterResponse: [
        (response) => {
          seen.push(response.statusCode);
          return response;
        },
      ],
    },
  });
  await api("orders");
  assert.deepEqual([seen, calls.length], [[200], 2]);
});

test("a body that is a stream is not sent twice, and the next call has a new token", async (t) => {
  const { url, calls } = await startServer(t, { answerCall: accepting("example-token-2") });
  const api = createAuthorizedGot(configFor(url));
  await assert.rejects(api.post("orders", { body: Readable.from(["streamed"]) }), HTTPError);
  assert.equal(calls.length, 1);
  assert.equal((await api("orders")).statusCode, 200);
});

test("a 401 to api.stream() is returned, and the next call has a new token", async (t) => {
  for (const throwHttpErrors of [true, false]) {
    const server = await startServer(t, { answerCall: accepting("example-token-2") });
    const api = createAuthorizedGot(configFor(server.url), { throwHttpErrors });
    await text(api.stream("orders")).catch((error: unknown) => {
      assert.ok(error instanceof HTTPError);
    });
    await until(() => server.tokenRequests.length === 2);
    await text(api.stream("orders"));
    assert.equal(server.calls.length, 2);
  }
});

test("a second 401 and every other status are the caller's", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t, {
    answerCall: (_, { path }) => ({ status: path === "/v1/broken" ? 503 : 401 }),
  });
  const api = createAuthorizedGot(configFor(url), { throwHttpErrors: false });
  assert.equal((await api("orders")).statusCode, 401);
  assert.equal((await api("orders")).statusCode, 401);
  assert.equal((await api("broken")).statusCode, 503);
  assert.deepEqual([calls.length, tokenRequests.length], [4, 2]);
});

test("credentials of the caller's own are left alone", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t, {
    answerCall: () => ({ status: 401 }),
  });
  const api = createAuthorizedGot(configFor(url), { throwHttpErrors: false });
  await api("orders", { headers: { authorization: "Basic abc" } });
  await api("orders", { username: "a", password: "b" });
  assert.deepEqual([bearers(calls), tokenRequests.length], [["Basic abc", "Basic YTpi"], 0]);
});

test("a retry that the caller has asked for has a token again", async (t) => {
  const { url, calls } = await startServer(t, {
    answerCall: (n) => ({ status: n === 1 ? 503 : 200, headers: { "Retry-After": "0" } }),
  });
  const api = createAuthorizedGot(configFor(url), { retry: { limit: 1 } });
  assert.equal((await api("orders")).statusCode, 200);
  assert.deepEqual(bearers(calls), ["Bearer example-token-1", "Bearer example-token-1"]);
});

test("another origin gets no token, nor does a redirect there, which drops none", async (t) => {
  const other = await startServer(t, { answerCall: () => ({ status: 401 }) });
  const { url, tokenRequests } = await startServer(t, {
    answerCall: () => ({ status: 302, headers: { Location: `${other.url}/moved` } }),
  });
  const api = createAuthorizedGot(configFor(url), { throwHttpErrors: false });
  await api(`${other.url}/orders`);
  await api("orders");
  assert.deepEqual([bearers(other.calls), tokenRequests.length], [[undefined, undefined], 1]);
});

test("hooks of a call and of extend() see no token, and take it to no other origin", async (t) => {
  const other = await startServer(t);
  const { url, calls } = await startServer(t);
  const api = createAuthorizedGot(configFor(url));
  const seen: unknown[] = [];
  const look = ({ headers: { authorization } }: NormalizedOptions) => {
    seen.push(authorization);
  };
  const leave = (request: NormalizedOptions) => {
    request.url = new URL(`${other.url}/orders`);
  };
  for (const hook of [look, leave]) {
    const hooks = { beforeRequest: [hook] };
    await api("orders", { hooks });
    await api.extend({ hooks })("orders");
    await api.extend({ hooks })("orders", { hooks });
  }
  await api("orders");
  assert.deepEqual(new Set([...seen, ...bearers(other.calls)]), new Set([undefined]));
  assert.deepEqual(new Set(bearers(calls)), new Set(["Bearer example-token-1"]));
  assert.deepEqual([other.calls.length, calls.length], [3, 4]);
});

test("a POST that was redirected is not sent again", async (t) => {
  const { url, calls } = await startServer(t, {
    answerCall: (_, { method }) =>
      method === "POST" ? { status: 303, headers: { Location: "/v1/done" } } : { status: 401 },
  });
  const api = createAuthorizedGot(configFor(url));
  await assert.rejects(api.post("orders", { body: "x" }), HTTPError);
  assert.deepEqual(
    calls.map(({ method }) => method),
    ["POST", "GET"],
  );
});

test("the caller's signal ends the wait for the token as got would", async (t) => {
  const { url } = await startServer(t, {
    answerToken: (n) => ({ ...tokenReply(n), delayMs: 5000 }),
  });
  const api = createAuthorizedGot(configFor(url));
  await assert.rejects(api("orders", { signal: AbortSignal.timeout(50) }), {
    name: "TimeoutError",
    code: "ETIMEDOUT",
  });
});

test("without a token the call fails with our error and is not sent", async (t) => {
  const { url, calls } = await startServer(t, {
    answerToken: () => ({ status: 400, body: '{"error":"invalid_scope"}' }),
  });
  await assert.rejects(createAuthorizedGot(configFor(url))("orders").json(), {
    name: "SsojetError",
    oauthError: "invalid_scope",
  });
  assert.equal(calls.length, 0);
});

test("no printed form of an error of got's shows the token", async (t) => {
  const { url, calls } = await startServer(t, {
    answerCall: (n) => ({ status: n === 1 ? 503 : 401 }),
  });
  const failBeforeResend = async () => {
    if (calls.length < 2) return;
    await tokens.getToken();
    throw new Error("the second sending");
  };
  const tokens = new TokenProvider(configFor(url));
  const hooks = { beforeRequest: [failBeforeResend] };
  const api = createAuthorizedGot({ apiUrl: url, tokens }, { hooks });
  for (const message of [/503/, /the second sending/]) {
    const error = await api("orders").catch((e: unknown) => e);
    assert.ok(error instanceof RequestError);
    assert.match(error.message, message);
    const shown = [inspect(error, { depth: 9 }), JSON.stringify(error), error.stack];
    assert.ok(!shown.join().includes("example-token"));
  }
});

test("tokens can come from elsewhere, for a second API or in a test", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t);
  const tokens = {
    getToken: async () => "stub-token",
    invalidate: () => {},
    handleUnauthorized: () => false,
  };
  await createAuthorizedGot({ apiUrl: url, tokens })("orders");
  assert.deepEqual([bearers(calls), tokenRequests.length], [["Bearer stub-token"], 0]);
});
