import { Readable } from "node:stream";
import nodeFetch, { type Response } from "node-fetch";
import { MAX_TOKEN_RESPONSE_BYTES } from "./limits.ts";
import type { TokenRequest, TokenResponse } from "./token-request.ts";

export type Fetch = typeof nodeFetch;

export interface TransportOptions {
  /** Sends the requests; node-fetch itself if left out. For an agent, or another default. */
  fetch?: Fetch | undefined;
}

export type TokenTransport = (request: TokenRequest, signal: AbortSignal) => Promise<TokenResponse>;

export const defaultFetch: Fetch = nodeFetch;

export function createTokenTransport({ fetch = defaultFetch }: TransportOptions): TokenTransport {
  return async ({ url, headers, body }, signal) => {
    const redirect = "manual";
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect });
    return {
      status: response.status,
      contentType: response.headers.get("Content-Type"),
      retryAfter: response.headers.get("Retry-After"),
      ...(await readBody(response)),
    };
  };
}

/** Nobody reads the rest of this answer. */
export function discardBody({ body }: Response): void {
  // What is destroyed may still fail, which without a listener would end the process.
  if (body instanceof Readable) body.on("error", () => {}).destroy();
}

async function readBody({ body }: Response): Promise<Pick<TokenResponse, "body" | "bodyProblem">> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // To leave the loop closes the connection.
    for await (const chunk of body ?? []) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      length += bytes.length;
      if (length > MAX_TOKEN_RESPONSE_BYTES) return { body: "", bodyProblem: "is too long" };
    }
  } catch {
    return { body: "", bodyProblem: "ended early" };
  }
  return { body: Buffer.concat(chunks).toString() };
}
