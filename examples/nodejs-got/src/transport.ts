import got, { type ExtendOptions, type PlainResponse } from "got";
import { MAX_TOKEN_RESPONSE_BYTES } from "./limits.ts";
import type { TokenRequest, TokenResponse } from "./token-request.ts";

/** What token requests share with those to the API: nothing that is for the API alone. */
export type TransportOptions = Pick<
  ExtendOptions,
  "agent" | "https" | "http2" | "dnsLookup" | "localAddress"
>;

export type TokenTransport = (request: TokenRequest, signal: AbortSignal) => Promise<TokenResponse>;

export function createTokenTransport(options: TransportOptions): TokenTransport {
  const { agent, https, http2, dnsLookup, localAddress } = options;
  const client = got.extend({
    ...(agent && { agent }),
    ...(https && { https }),
    ...(http2 !== undefined && { http2 }),
    ...(dnsLookup && { dnsLookup }),
    ...(localAddress && { localAddress }),
    followRedirect: false,
    retry: { limit: 0 },
    throwHttpErrors: false,
  });
  return async ({ url, headers, body }, signal) => {
    // A stream, so that the status is known also of an answer that is too long or ends early.
    const stream = client.stream.post(url, { headers, body, signal });
    const response = await new Promise<PlainResponse>((resolve, reject) => {
      stream.once("response", resolve).once("error", reject);
    });
    const { "content-type": contentType, "retry-after": retryAfter } = response.headers;
    return { status: response.statusCode, contentType, retryAfter, ...(await readBody(stream)) };
  };
}

async function readBody(
  stream: AsyncIterable<Uint8Array>,
): Promise<Pick<TokenResponse, "body" | "bodyProblem">> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // To leave the loop closes the connection.
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_TOKEN_RESPONSE_BYTES) return { body: "", bodyProblem: "is too long" };
    }
  } catch {
    return { body: "", bodyProblem: "ended early" };
  }
  return { body: Buffer.concat(chunks).toString() };
}
