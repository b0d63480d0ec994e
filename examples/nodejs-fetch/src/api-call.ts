import { isSameOrigin } from "./config.ts";
import { SsojetError } from "./errors.ts";
import { type Fetch, readBounded } from "./transport.ts";

/** The body of a Request is kept up to this size, to be sent once more after a 401. */
const MAX_COPIED_BODY_BYTES = 1_048_576;

export interface ApiCall {
  headers: Headers;
  signal: AbortSignal | null | undefined;
  /** GET or HEAD. */
  isSafe: boolean;
  send(): Promise<Response>;
  hasBodyForResend(): boolean;
}

/** What the caller has passed to fetch, made ready to be sent, and to be sent again. */
export function toApiCall(
  fetch: Fetch,
  apiUrl: string,
  input: Parameters<Fetch>[0],
  init: RequestInit = {},
): ApiCall {
  const url = resolveApiUrl(apiUrl, isRequest(input) ? input.url : String(input));
  let target = isRequest(input) ? input : url;
  if (isRequest(init)) {
    // fetch(url, request) is a legal call. A Request cannot be spread, so it becomes the target.
    target = new Request(target, init);
    init = {};
  }
  const request = isRequest(target) ? target : undefined;
  const headers = new Headers(init.headers ?? request?.headers);

  // A Request tells neither whether its body is a stream nor how long it is.
  let requestBody: Uint8Array<ArrayBuffer> | undefined;
  const isBodyInRequest = !init.body && !!request?.body;
  if (isBodyInRequest) {
    readBounded(request.clone().body, MAX_COPIED_BODY_BYTES).then(
      (bytes) => {
        requestBody = bytes;
      },
      () => {},
    );
  }
  return {
    headers,
    signal: init.signal === undefined ? request?.signal : init.signal,
    isSafe: ["GET", "HEAD"].includes(init.method ?? request?.method ?? "GET"),
    send() {
      const isSpent = isBodyInRequest && request.bodyUsed;
      return fetch(target, { ...init, headers, ...(isSpent && { body: requestBody ?? null }) });
    },
    hasBodyForResend: () => (isBodyInRequest ? requestBody !== undefined : !isStream(init.body)),
  };
}

/**
 * The URL of a request to the API. A path is appended to that of the API's URL; only a whole URL is
 * taken as it is, and must be of the API's origin.
 */
function resolveApiUrl(apiUrl: string, input: string): string {
  const isWhole = /^https?:/i.test(input);
  const base = `${new URL(apiUrl).href.replace(/\/+$/, "")}/`;
  const { href } = new URL(isWhole ? input : base + input.replace(/^\/+/, ""));
  if (isWhole ? isSameOrigin(href, apiUrl) : href.startsWith(base)) return href;
  const message = "the request is not for SSOJET_API_URL (apiUrl): write a path as /orders";
  throw new SsojetError("configuration", message);
}

/** Not by instanceof: jest and other libraries have classes of their own. */
function isRequest(input: object | string): input is Request {
  return typeof input === "object" && "clone" in input;
}

/** fetch takes a ReadableStream and any other async iterable. */
function isStream(body: unknown): boolean {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}
