import { Axios, type CreateAxiosDefaults } from "axios";
import { MAX_TOKEN_RESPONSE_BYTES } from "./limits.ts";
import type { TokenRequest, TokenResponse } from "./token-request.ts";

/** What token requests share with those to the API: nothing that is for the API alone. */
export type TransportOptions = Pick<
  CreateAxiosDefaults,
  "adapter" | "httpAgent" | "httpsAgent" | "proxy"
>;

export type TokenTransport = (request: TokenRequest, signal: AbortSignal) => Promise<TokenResponse>;

export function createTokenTransport({
  adapter = "http",
  proxy,
  httpAgent,
  httpsAgent,
}: TransportOptions): TokenTransport {
  // Not axios.create(): that takes over the headers and hooks that anybody has put on axios.defaults.
  const client = new Axios({
    adapter,
    httpAgent: httpAgent as unknown,
    httpsAgent: httpsAgent as unknown,
    maxRedirects: 0,
    responseType: "stream",
    validateStatus: null,
  });
  return async ({ url, headers, body }, signal) => {
    const proxyOrNone = withoutProxyOnLoopback(url, proxy);
    const request = { method: "post", url, headers, data: body, signal, ...proxyOrNone };
    const response = await client.request(request);
    return {
      status: response.status,
      contentType: toText(response.headers["content-type"]),
      retryAfter: toText(response.headers["retry-after"]),
      ...(await readBody(response.data as AsyncIterable<Uint8Array>)),
    };
  };
}

/** http is allowed for loopback only, and what goes there is not for a proxy of the environment. */
export function withoutProxyOnLoopback(
  url: string,
  proxy: CreateAxiosDefaults["proxy"],
): Pick<CreateAxiosDefaults, "proxy"> {
  if (proxy !== undefined) return { proxy };
  return /^http:/i.test(url) ? { proxy: false } : {};
}

function toText(header: unknown): string | undefined {
  return typeof header === "string" ? header : undefined;
}

async function readBody(
  data: AsyncIterable<Uint8Array>,
): Promise<Pick<TokenResponse, "body" | "bodyProblem">> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // To leave the loop closes the connection.
    for await (const chunk of data) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_TOKEN_RESPONSE_BYTES) return { body: "", bodyProblem: "is too long" };
    }
  } catch {
    return { body: "", bodyProblem: "ended early" };
  }
  return { body: Buffer.concat(chunks).toString() };
}
