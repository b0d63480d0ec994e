import { SsojetError } from "./errors.ts";
import { MAX_TOKEN_RESPONSE_BYTES } from "./limits.ts";
import type { TokenRequest, TokenResponse } from "./token-request.ts";

export type Fetch = typeof globalThis.fetch;

export interface TransportOptions {
  /** Sends the requests; the global fetch if left out. */
  fetch?: Fetch | undefined;
}

export type TokenTransport = (request: TokenRequest, signal: AbortSignal) => Promise<TokenResponse>;

/** Looked up at each call, so that tests can replace `globalThis.fetch` at any time. */
export const defaultFetch: Fetch = (input, init) => globalThis.fetch(input, init);

export function createTokenTransport({ fetch = defaultFetch }: TransportOptions): TokenTransport {
  return async ({ url, headers, body }, signal) => {
    const init: RequestInit = { method: "POST", headers, body, signal, redirect: "manual" };
    const response = await fetch(url, init).catch(refuseBadPort);
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
  body?.cancel().catch(() => {});
}

async function readBody({ body }: Response): Promise<Pick<TokenResponse, "body" | "bodyProblem">> {
  try {
    const bytes = await readBounded(body, MAX_TOKEN_RESPONSE_BYTES);
    return bytes
      ? { body: new TextDecoder().decode(bytes) }
      : { body: "", bodyProblem: "is too long" };
  } catch {
    return { body: "", bodyProblem: "ended early" };
  }
}

/** All bytes of a stream, or undefined as soon as it has more than that; the rest is not read. */
export async function readBounded(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // A reader, because the types of the DOM have no other way to iterate over a stream.
  const reader = stream?.getReader();
  for (;;) {
    const chunk = (await reader?.read())?.value;
    if (!chunk) return new Uint8Array(Buffer.concat(chunks));
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) {
      reader?.cancel().catch(() => {});
      return undefined;
    }
  }
}

/** fetch connects to no port of the list in its standard, and says so without a code. */
function refuseBadPort(error: Error): never {
  if (!(error.cause instanceof Error) || error.cause.message !== "bad port") throw error;
  throw new SsojetError("configuration", "SSOJET_TOKEN_URL (tokenUrl): fetch refuses its port");
}
