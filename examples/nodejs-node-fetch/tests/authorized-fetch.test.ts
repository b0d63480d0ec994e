import assert from "node:assert/strict";
import { Readable } from "node:stream";
import test from "node:test";
import { Blob, FormData, Request, Response } from "node-fetch";
import { createAuthorizedFetch, type Fetch } from "../src/index.ts";
import { configFor, type Received, startServer, tokenReply, vectors } from "./helpers.ts";

/** Takes no token but this one. */
const accepting =
  (token: string) =>
  (_: number, { authorization }: Received) => ({
    status: authorization === `Bearer ${token}` ? 200 : 401,
  });
const bearers = (calls: Received[]) => calls.map(({ authorization }) => authorization);

test("the token is sent, and a path is appended to that of the API", async (t) => {
  const { url, calls } = await startServer(t);
  const apiFetch = createAuthorizedFetch(configFor(url));
  for (const path of ["/orders", "orders", "//orders", `${url}/v1/orders`]) await apiFetch(path);
  await apiFetch(new URL(`${url}/v1/orders`));
  assert.deepEqual(new Set(calls.map(({ path }) => path)), new Set(["/v1/orders"]));
  assert.deepEqual(new Set(bearers(calls)), new Set(["Bearer example-token-1"]));
});

for (const { name, path } of vectors.paths) {
  test(name, async (t) => {
    const decoy = await startServer(t);
    const { url } = await startServer(t);
    const host = new URL(decoy.url).host;
    const apiFetch = createAuthorizedFetch(configFor(url));
    await apiFetch(path.replace("{decoy}", host)).catch((error: unknown) => {
      assert.equal((error as { kind?: string }).kind, "configuration");
    });
    assert.equal(decoy.calls.length, 0);
  });
}

test("after a 401 the same request is sent once more with a new token", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t, {
    answerCall: accepting("example-token-2"),
  });
  const form = new FormData();
  form.set("file", new Blob(["content"]), "file.txt");
  for (const body of ["text", form, new Blob(["blob"]), new URLSearchParams({ a: "1" })]) {
    calls.length = 0;
    tokenRequests.length = 0;
    const { status } = await createAuthorizedFetch(configFor(url))("/orders", {
      method: "POST",
      body,
    });
    assert.equal(status, 200);
    const [first, second] = calls.map((call) => call.body.replaceAll(/-{6}\d+/g, "boundary"));
    assert.equal(first, second);
    assert.equal(calls.length, 2);
  }
});

test("fetch(url, request) is a call like any other, but for the second request", async (t) => {
  const { url, calls } = await startServer(t, { answerCall: accepting("example-token-2") });
  const apiFetch = createAuthorizedFetch(configFor(url));
  const request = new Request(`${url}/elsewhere`, { method: "PUT", body: "text" });
  assert.equal((await apiFetch("/orders", request)).status, 401);
  assert.equal((await apiFetch(new Request(`${url}/v1/orders`))).status, 200);
  assert.deepEqual(
    calls.map(({ method, path, body }) => [method, path, body].join(" ")),
    ["PUT /v1/orders text", "GET /v1/orders "],
  );
});

test("a stream is not sent twice: its 401 is returned, and the next call has a new token", async (t) => {
  const { url, calls } = await startServer(t, { answerCall: accepting("example-token-2") });
  const apiFetch = createAuthorizedFetch(configFor(url));
  const body = Readable.from(["streamed"]);
  assert.equal((await apiFetch("/orders", { method: "POST", body })).status, 401);
  assert.equal(calls.length, 1);
  assert.equal((await apiFetch("/orders")).status, 200);
});

test("a second 401 and every other status are the caller's", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t, {
    answerCall: (_, { path }) => ({ status: path === "/v1/broken" ? 503 : 401 }),
  });
  const apiFetch = createAuthorizedFetch(configFor(url));
  assert.equal((await apiFetch("/orders")).status, 401);
  assert.equal((await apiFetch("/orders")).status, 401);
  assert.equal((await apiFetch("/broken")).status, 503);
  assert.deepEqual([calls.length, tokenRequests.length], [4, 2]);
});

test("an Authorization of the caller's own is left alone", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t, {
    answerCall: () => ({ status: 401 }),
  });
  const apiFetch = createAuthorizedFetch(configFor(url));
  await apiFetch("/orders", { headers: { authorization: "Basic abc" } });
  assert.deepEqual([bearers(calls), tokenRequests.length], [["Basic abc"], 0]);
});

test("another origin is refused, and a redirect there gets no token and drops none", async (t) => {
  const other = await startServer(t, { answerCall: () => ({ status: 401 }) });
  const { url, tokenRequests } = await startServer(t, {
    answerCall: () => ({ status: 302, headers: { Location: `${other.url}/moved` } }),
  });
  const apiFetch = createAuthorizedFetch(configFor(url));
  await assert.rejects(apiFetch(`${other.url}/orders`), { kind: "configuration" });
  assert.equal((await apiFetch("/orders")).status, 401);
  assert.deepEqual([bearers(other.calls), tokenRequests.length], [[undefined], 1]);
});

test("a POST that was redirected is not sent again", async (t) => {
  const { url, calls } = await startServer(t, {
    answerCall: (_, { method }) =>
      method === "POST" ? { status: 303, headers: { Location: "/v1/done" } } : { status: 401 },
  });
  const apiFetch = createAuthorizedFetch(configFor(url));
  assert.equal((await apiFetch("/orders", { method: "POST", body: "x" })).status, 401);
  assert.deepEqual(
    calls.map(({ method }) => method),
    ["POST", "GET"],
  );
});

test("the caller's signal ends the wait for the token and the request", async (t) => {
  const slow = await startServer(t, { answerToken: (n) => ({ ...tokenReply(n), delayMs: 5000 }) });
  const signal = AbortSignal.timeout(50);
  await assert.rejects(createAuthorizedFetch(configFor(slow.url))("/orders", { signal }), {
    name: "TimeoutError",
  });
  const { url } = await startServer(t, { answerCall: () => ({ delayMs: 5000 }) });
  const request = new Request(`${url}/v1/orders`, { signal: AbortSignal.timeout(200) });
  await assert.rejects(createAuthorizedFetch(configFor(url))(request), { name: "AbortError" });
});

test("tokens can come from elsewhere, for a second API or in a test", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t);
  const tokens = {
    getToken: async () => "stub-token",
    invalidate: () => {},
    handleUnauthorized: () => false,
  };
  await createAuthorizedFetch({ apiUrl: url, tokens })("/orders");
  assert.deepEqual([bearers(calls), tokenRequests.length], [["Bearer stub-token"], 0]);
});

test("both requests go through the fetch that is given", async () => {
  const seen: string[] = [];
  const stub: Fetch = async (input) => {
    seen.push(String(input));
    return String(input).endsWith("/oauth/token")
      ? Response.json({ access_token: "stub-token" })
      : new Response("[]");
  };
  await createAuthorizedFetch(configFor("https://stub.example.com"), { fetch: stub })("/orders");
  assert.deepEqual(seen, [
    "https://stub.example.com/oauth/token",
    "https://stub.example.com/v1/orders",
  ]);
});

test("redirects are followed, with the token on the API's origin alone", async (t) => {
  const other = await startServer(t);
  const { url, calls } = await startServer(t, {
    answerCall: (_, { path }) => {
      const at: Record<string, string> = { "/v1/a": "/v1/b", "/v1/b": `${other.url}/c` };
      return at[path] ? { status: 307, headers: { Location: at[path] } } : {};
    },
  });
  const apiFetch = createAuthorizedFetch(configFor(url));
  const response = await apiFetch("/a", { method: "POST", body: "kept" });
  assert.deepEqual(
    [response.status, response.redirected, response.url],
    [200, true, `${other.url}/c`],
  );
  const bodies = [...calls, ...other.calls].map(({ method, body }) => `${method} ${body}`);
  assert.deepEqual(bodies, ["POST kept", "POST kept", "POST kept"]);
  assert.deepEqual(bearers(other.calls), [undefined]);
  assert.equal((await apiFetch("/a", { redirect: "manual" })).status, 307);
  await assert.rejects(apiFetch("/a", { follow: 0 }), { type: "max-redirect" });
});

test("a stub that throws ends the call at once, and is shown by its class", async (t) => {
  const stub = t.mock.fn(async () => assert.fail("no such stub"));
  const apiFetch = createAuthorizedFetch(configFor("https://stub.example.com"), { fetch: stub });
  await assert.rejects(apiFetch("/orders"), {
    kind: "transport",
    retryable: false,
    message: /ERR_ASSERTION/,
  });
  assert.equal(stub.mock.callCount(), 1);
});
