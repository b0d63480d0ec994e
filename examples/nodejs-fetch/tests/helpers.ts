import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { Config, type Settings } from "../src/index.ts";

interface Vectors {
  urls: { name: string; variables: string[]; url: string; accepted: boolean }[];
  credentials: {
    name: string;
    client_id: string;
    client_id_encoded: string[];
    client_secret: string;
    client_secret_encoded: string[];
  }[];
  responses: {
    name: string;
    body: string;
    token?: string;
    lifetime_s?: number;
    error?: string;
    mentions?: string;
  }[];
  decisions: {
    name: string;
    now: number;
    held: { early_at: number; expires_at: number } | null;
    renewing: boolean;
    paused_until: number;
    use: boolean;
    renew: boolean;
  }[];
  paths: { name: string; path: string }[];
}

export const vectors = JSON.parse(
  readFileSync(new URL("vectors.json", import.meta.url), "utf8"),
) as Vectors;

export const SECRET = "fake-secret-for-tests";

export interface Received {
  method: string;
  path: string;
  authorization: string | undefined;
  body: string;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  delayMs?: number;
}

/** A server for one test. It stands in for both: what is posted to /oauth/token, and the API. */
export async function startServer(
  t: TestContext,
  { answerToken = tokenReply, answerCall = () => ({ body: "[]" }) }: Partial<Answers> = {},
): Promise<{ url: string; tokenRequests: Received[]; calls: Received[] }> {
  const tokenRequests: Received[] = [];
  const calls: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method = "", url: path = "" } = request;
    const { authorization } = request.headers;
    const received = { method, path, authorization, body: await text(request) };
    const isToken = path.startsWith("/oauth/token");
    const log = isToken ? tokenRequests : calls;
    log.push(received);
    const {
      status = 200,
      headers: sent = {},
      body = "",
      delayMs = 0,
    } = isToken ? answerToken(log.length, received) : answerCall(log.length, received);
    setTimeout(() => response.writeHead(status, sent).end(body), delayMs).unref();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, tokenRequests, calls };
}

interface Answers {
  answerToken: (count: number, received: Received) => Reply;
  answerCall: (count: number, received: Received) => Reply;
}

/** The first token is example-token-1, and so on. */
export function tokenReply(count: number, expiresIn?: unknown): Reply {
  const isLife = typeof expiresIn === "number";
  const fields = {
    access_token: `example-token-${count}`,
    token_type: "Bearer",
    expires_in: isLife ? expiresIn : 3600,
  };
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) };
}

export function configFor(url: string, settings: Partial<Settings> = {}): Config {
  return new Config({
    clientId: "cli_example",
    clientSecret: SECRET,
    apiUrl: `${url}/v1`,
    tokenUrl: `${url}/oauth/token`,
    ...settings,
  });
}

/** Waits until something holds; the test's own time limit ends a wait in vain. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}
