import assert from "node:assert/strict";
import { Readable } from "node:stream";
import test from "node:test";
import { inspect } from "node:util";
import axios, { type AxiosAdapter, AxiosError, isAxiosError, isCancel } from "axios";
import { createAuthorizedAxios, TokenProvider } from "../src/index.ts";
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
  const api = createAuthorizedAxios(configFor(url));
  for (const path of ["/orders", "orders", `${url}/v1/orders`]) await api.get(path);
  assert.deepEqual(new Set(calls.map(({ path }) => path)), new Set(["/v1/orders"]));
  assert.deepEqual(new Set(bearers(calls)), new Set(["Bearer example-token-1"]));
});

for (const { name, path } of vectors.paths) {
  test(name, async (t) => {
    const decoy = await startServer(t);
    const { url } = await startServer(t);
    const api = createAuthorizedAxios(configFor(url));
    await api.get(path.replace("{decoy}", new URL(decoy.url).host)).catch((error: unknown) => {
      assert.equal((error as { code?: string }).code, "ERR_INVALID_URL");
    });
    assert.ok(bearers(decoy.calls).every((bearer) => bearer === undefined));
  });
}

test("after a 401 the same request is sent once more with a new token", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t, {
    answerCall: accepting("example-token-2"),
  });
  const form = new FormData();
  form.set("file", new Blob(["content"]), "file.txt");
  for (const data of ["text", { json: [1] }, form, Buffer.from("bytes")]) {
    calls.length = 0;
    tokenRequests.length = 0;
    const { status } = await createAuthorizedAxios(configFor(url)).put("/orders", data);
    assert.equal(status, 200);
    const [first, second] = calls.map(({ method, body }) => [
      method,
      body.replaceAll(/-+axios-\S+/g, "boundary"),
    ]);
    assert.deepEqual(first, second);
    assert.equal(calls.length, 2);
  }
});

test("interceptors and transforms of the caller's run once and see one answer", async (t) => {
  const { url, calls } = await startServer(t, { answerCall: accepting("example-token-2") });
  const api = createAuthorizedAxios(configFor(url));
  const seen: string[] = [];
  api.interceptors.request.use((config) => {
    seen.push(`request ${config.headers.has("Authorization")}`);
    config.headers.set("X-Request-Id", "1");
    return config;
  });
  api.interceptors.response.use((response) => {
    seen.push(`answer ${response.status}`);
    return { ...response, data: "unwrapped" };
  });
  const wrapOnce = (data: unknown) => `<${String(data)}>`;
  const { data } = await api.post("/orders", "x", { transformRequest: wrapOnce });
  assert.equal(data, "unwrapped");
  assert.deepEqual(seen, ["request false", "answer 200"]);
  assert.deepEqual(
    calls.map(({ body }) => body),
    ["<x>", "<x>"],
  );
});

test("validateStatus and adapter of a call are heeded", async (t) => {
  const { url, calls } = await startServer(t, { answerCall: accepting("example-token-2") });
  const api = createAuthorizedAxios(configFor(url));
  assert.equal((await api.get("/orders", { validateStatus: null })).status, 200);
  assert.equal((await api.get("/orders", { adapter: "fetch" })).status, 200);
  assert.equal(calls.length, 3);
});

test("a stream is not sent twice: its 401 is returned, and the next call has a new token", async (t) => {
  const { url, calls } = await startServer(t, { answerCall: accepting("example-token-2") });
  const api = createAuthorizedAxios(configFor(url));
  await assert.rejects(api.post("/orders", Readable.from(["streamed"])), { status: 401 });
  assert.equal(calls.length, 1);
  assert.equal((await api.get("/orders")).status, 200);
});

test("a second 401 and every other status are the caller's", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t, {
    answerCall: (_, { path }) => ({ status: path === "/v1/broken" ? 503 : 401 }),
  });
  const api = createAuthorizedAxios(configFor(url));
  await assert.rejects(api.get("/orders"), { status: 401 });
  await assert.rejects(api.get("/orders"), { status: 401 });
  await assert.rejects(api.get("/broken"), { status: 503 });
  assert.deepEqual([calls.length, tokenRequests.length], [4, 2]);
});

test("credentials of the caller's own are left alone", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t, {
    answerCall: () => ({ status: 401 }),
  });
  const api = createAuthorizedAxios(configFor(url), { validateStatus: null });
  await api.get("/orders", { headers: { authorization: "Basic abc" } });
  await api.get("/orders", { auth: { username: "a", password: "b" } });
  assert.deepEqual([bearers(calls), tokenRequests.length], [["Basic abc", "Basic YTpi"], 0]);
});

test("a request that is sent again from its config gets a token again", async (t) => {
  const { url, calls } = await startServer(t, { answerCall: () => ({ status: 503 }) });
  const api = createAuthorizedAxios(configFor(url));
  const error = await api.get("/orders").catch((reason: unknown) => reason);
  assert.ok(isAxiosError(error) && error.config);
  await assert.rejects(api.request(error.config), { status: 503 });
  assert.deepEqual(new Set(bearers(calls)), new Set(["Bearer example-token-1"]));
});

test("another origin gets no token, nor does a redirect there, which drops none", async (t) => {
  const other = await startServer(t, { answerCall: () => ({ status: 401 }) });
  const { url, tokenRequests } = await startServer(t, {
    answerCall: () => ({ status: 302, headers: { Location: `${other.url}/moved` } }),
  });
  const api = createAuthorizedAxios(configFor(url), { validateStatus: null });
  await api.get(`${other.url}/orders`);
  await api.get("/orders");
  assert.deepEqual([bearers(other.calls), tokenRequests.length], [[undefined, undefined], 1]);
});

test("a POST that was redirected is not sent again", async (t) => {
  const { url, calls } = await startServer(t, {
    answerCall: (_, { method }) =>
      method === "POST" ? { status: 303, headers: { Location: "/v1/done" } } : { status: 401 },
  });
  const api = createAuthorizedAxios(configFor(url));
  await assert.rejects(api.post("/orders", "x"), { status: 401 });
  assert.deepEqual(
    calls.map(({ method }) => method),
    ["POST", "GET"],
  );
});

test("the caller's signal ends the wait for the token as axios would", async (t) => {
  const { url } = await startServer(t, {
    answerToken: (n) => ({ ...tokenReply(n), delayMs: 5000 }),
  });
  const api = createAuthorizedAxios(configFor(url));
  await assert.rejects(api.get("/orders", { signal: AbortSignal.timeout(50) }), isCancel);
});

test("no printed form of an AxiosError shows the token", async (t) => {
  const { url } = await startServer(t, { answerCall: () => ({ status: 503 }) });
  const api = createAuthorizedAxios(configFor(url));
  const refused = await api.get("/orders").catch((reason: unknown) => reason);
  const unreachable = await api
    .get("/orders", { maxRedirects: 0, timeout: 1, adapter: failingAdapter })
    .catch((reason: unknown) => reason);
  for (const error of [refused, unreachable]) {
    assert.ok(isAxiosError(error));
    const shown = [
      inspect(error, { depth: 9 }),
      JSON.stringify(error),
      JSON.stringify(error.toJSON()),
    ];
    assert.ok(!shown.join().includes("example-token"));
  }
});

const failingAdapter: AxiosAdapter = async (config) => {
  throw new AxiosError("no route", "EHOSTUNREACH", config, { headers: config.headers });
};

test("the token request takes nothing from axios.defaults", async (t) => {
  const { url, tokenRequests } = await startServer(t);
  const { common } = axios.defaults.headers;
  t.after(() => {
    axios.defaults.headers.common = common;
  });
  axios.defaults.headers.common = { ...common, Authorization: "Basic of-somebody-else" };
  await new TokenProvider(configFor(url)).getToken();
  assert.deepEqual(bearers(tokenRequests), [undefined]);
});

test("tokens can come from elsewhere, for a second API or in a test", async (t) => {
  const { url, calls, tokenRequests } = await startServer(t);
  const tokens = {
    getToken: async () => "stub-token",
    invalidate: () => {},
    handleUnauthorized: () => false,
  };
  await createAuthorizedAxios({ apiUrl: url, tokens }).get("/orders");
  assert.deepEqual([bearers(calls), tokenRequests.length], [["Bearer stub-token"], 0]);
});

test("a call that is stubbed by its adapter sees the token, one that has none is not sent", async (t) => {
  const { url } = await startServer(t, {
    answerToken: () => ({ status: 400, body: '{"error":"x"}' }),
  });
  const adapter = t.mock.fn<AxiosAdapter>(async (config) => ({
    data: config.headers.get("Authorization"),
    status: 200,
    statusText: "OK",
    headers: {},
    config,
  }));
  await assert.rejects(createAuthorizedAxios(configFor(url)).get("/orders", { adapter }), {
    kind: "oauth",
  });
  assert.equal(adapter.mock.callCount(), 0);
  const server = await startServer(t);
  const { data } = await createAuthorizedAxios(configFor(server.url)).get("/orders", { adapter });
  assert.equal(data, "Bearer example-token-1");
});
