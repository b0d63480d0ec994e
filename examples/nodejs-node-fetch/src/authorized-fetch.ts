import { toApiCall } from "./api-call.ts";
import { type Config, checkUrl, isSameOrigin } from "./config.ts";
import { TokenProvider, type TokenSource } from "./token-provider.ts";
import { defaultFetch, discardBody, type Fetch, type TransportOptions } from "./transport.ts";

/** An API whose tokens another client gets too. */
export interface ApiWithTokens {
  apiUrl: string;
  tokens: TokenSource;
}

/**
 * A `fetch` for the configured API that adds the bearer token.
 *
 * It takes what `fetch` takes, and paths, which are appended to `apiUrl`.
 */
export function createAuthorizedFetch(
  api: Config | ApiWithTokens,
  { fetch = defaultFetch }: TransportOptions = {},
): Fetch {
  const apiUrl = checkUrl("apiUrl", api.apiUrl);
  const tokens = "tokens" in api ? api.tokens : new TokenProvider(api, { fetch });

  return async function authorizedFetch(input, init) {
    const call = toApiCall(fetch, apiUrl, input, init);
    if (call.headers.has("Authorization")) return call.send();

    const token = await tokens.getToken(call);
    call.headers.set("Authorization", `Bearer ${token}`);
    const response = await call.send();
    // A redirect to another origin has taken our token off: that 401 says nothing about it.
    const isAnswerToToken = !response.url || isSameOrigin(response.url, apiUrl);
    if (response.status !== 401 || !isAnswerToToken) return response;

    const hasReplacement = tokens.handleUnauthorized(token);
    const isRepeatable = call.hasBodyForResend() && (call.isSafe || !response.redirected);
    if (!hasReplacement || !isRepeatable) return response;
    discardBody(response);
    call.headers.set("Authorization", `Bearer ${await tokens.getToken(call)}`);
    return call.send();
  };
}
