import got, {
  type ExtendOptions,
  type Got,
  type NormalizedOptions,
  type PlainResponse,
  type Request,
  RequestError,
} from "got";
import { type Config, checkUrl, isSameOrigin } from "./config.ts";
import { SsojetError } from "./errors.ts";
import { TokenProvider, type TokenSource } from "./token-provider.ts";

/** In milliseconds: how long to wait for a connection and for the head of an answer, as got itself waits for ever. */
const API_HEAD_LIMIT_MS = 30_000;

/** An API whose tokens another client gets too. */
export interface ApiWithTokens {
  apiUrl: string;
  tokens: TokenSource;
}

/**
 * A got instance for the configured API that adds the bearer token.
 *
 * It does not retry by itself, as got does: set `retry` where your API allows for that.
 */
export function createAuthorizedGot(api: Config | ApiWithTokens, options: ExtendOptions = {}): Got {
  const apiUrl = checkUrl("apiUrl", api.apiUrl);
  const tokens = "tokens" in api ? api.tokens : new TokenProvider(api, options);

  /** Runs before every sending: the first, after a redirect, and again. */
  async function addToken(request: NormalizedOptions): Promise<void> {
    const mark = markOf(request);
    const { authorization } = request.headers;
    const hasOwnCredentials = authorization !== undefined && !mark.hasToken;
    if (hasOwnCredentials || !isSameOrigin(String(request.url), apiUrl)) return;
    setMark(request, { ...mark, hasToken: true, replacement: undefined });
    const token = await (mark.replacement ?? tokens.getToken({ signal: request.signal }));
    Object.assign(request.headers, { authorization: `Bearer ${token}` });
  }

  /** Whether the request is to be sent once more, with a new token. */
  function handleUnauthorized({ statusCode, request, redirectUrls }: PlainResponse): boolean {
    const { options } = request;
    const mark = markOf(options);
    // After a redirect to another origin got has taken Authorization off.
    const { authorization } = options.headers;
    if (statusCode !== 401 || !mark.hasToken || mark.isResent || !authorization) return false;
    const hasReplacement = tokens.handleUnauthorized(String(authorization).replace("Bearer ", ""));
    const hasBody = mark.isForm || !isStream(options.body);
    return hasReplacement && hasBody && (mark.isSafe || redirectUrls.length === 0);
  }

  function cleanError(error: Error): Error {
    if (!(error instanceof RequestError)) return error;
    if (error.cause instanceof SsojetError) return error.cause;
    const { options, response } = error;
    if (options?.isStream && response) handleUnauthorized(response);
    // Whatever prints this error prints its options.
    if (markOf(options)?.hasToken) {
      options.headers = { ...options.headers, authorization: undefined };
      setMark(options, { ...markOf(options), replacement: undefined });
    }
    return error;
  }

  const ours: ExtendOptions = {
    retry: { limit: 0 },
    timeout: { connect: API_HEAD_LIMIT_MS, response: API_HEAD_LIMIT_MS },
    hooks: {
      afterResponse: [
        (response, retryWithMergedOptions) => {
          if (!handleUnauthorized(response)) return response;
          const { options } = response.request;
          // Now, as a renewal that fails before got sends again would be followed by another.
          const replacement = tokens.getToken({ signal: options.signal });
          replacement.catch(() => {});
          setMark(options, { ...markOf(options), isResent: true, replacement });
          // Your own hooks are to see the second answer, and only that.
          return retryWithMergedOptions({ preserveHooks: true });
        },
      ],
    },
    handlers: [
      (request, next) => {
        const isSafe = ["GET", "HEAD"].includes(request.method);
        const isForm = request.body instanceof FormData;
        setMark(request, { isSafe, isForm, hasToken: false, isResent: false });
        // Not before here, so that it is the last hook and sees what yours have changed, those of
        // one call and of `extend` too.
        request.hooks.beforeRequest.push(addToken);
        const result = next(request);
        // got runs no afterResponse hook for a stream.
        if (request.isStream) (result as Request).once("response", handleUnauthorized);
        return result;
      },
    ],
  };
  return got.extend(ours, options, { prefixUrl: apiUrl, hooks: { beforeError: [cleanError] } });
}

/** What we note of a call, in its context. */
interface Mark {
  /** GET or HEAD, before any redirect changed it. */
  isSafe: boolean;
  /** A FormData: got makes a stream of it, and another for each sending. */
  isForm: boolean;
  hasToken: boolean;
  isResent: boolean;
  /** The token for the second sending. */
  replacement?: Promise<string> | undefined;
}

function markOf({ context }: Pick<NormalizedOptions, "context">): Mark {
  return (context as { ssojet: Mark }).ssojet;
}

function setMark(options: Pick<NormalizedOptions, "context">, mark: Mark): void {
  options.context = { ...options.context, ssojet: mark };
}

function isStream(body: unknown): boolean {
  return (
    typeof body === "object" &&
    body !== null &&
    ("pipe" in body || "getReader" in body || "next" in body)
  );
}
