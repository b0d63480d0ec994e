import {
  FetchError,
  Headers,
  isRedirect,
  Request,
  type RequestInit,
  type Response,
} from "node-fetch";
import { isSameOrigin } from "./config.ts";
import { SsojetError } from "./errors.ts";
import { discardBody, type Fetch } from "./transport.ts";

/** In milliseconds: how long to wait for the head of an answer, as node-fetch itself waits for ever. */
const API_HEAD_LIMIT_MS = 30_000;

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
  const method = init.method ?? request?.method ?? "GET";
  // node-fetch has a type of its own for the signal, and Node.js' are of it.
  const signal = (init.signal === undefined ? request?.signal : init.signal) as ApiCall["signal"];
  // A Request shows a stream, whatever its body was.
  const hasBodyForResend = () => (init.body ? !isStream(init.body) : !request?.body);
  const follow = (limited: AbortSignal | null) =>
    fetchFollowing(
      fetch,
      target,
      { ...init, method, headers, signal: limited },
      hasBodyForResend(),
    );
  return {
    headers,
    signal,
    isSafe: ["GET", "HEAD"].includes(method),
    hasBodyForResend,
    send: () => withHeadLimit(signal, follow),
  };
}

/** Follows redirects as node-fetch does, which itself sends Authorization on to subdomains and other ports. */
async function fetchFollowing(
  fetch: Fetch,
  target: string | Request,
  init: RequestInit,
  canRepeatBody: boolean,
): Promise<Response> {
  const mode = init.redirect ?? (isRequest(target) ? target.redirect : "follow");
  const first = await fetch(target, { ...init, redirect: mode === "follow" ? "manual" : mode });
  const location = first.headers.get("Location");
  if (mode !== "follow" || !isRedirect(first.status) || location === null) return first;

  discardBody(first);
  const counter = (init.counter ?? 0) + 1;
  if (counter > (init.follow ?? 20)) {
    throw new FetchError(`maximum redirect reached at: ${first.url}`, "max-redirect");
  }
  const url = new URL(location, first.url).href;
  const next: RequestInit = { ...init, redirect: "follow", counter };
  const isPostBecomingGet = [301, 302].includes(first.status) && init.method === "POST";
  if (first.status === 303 || isPostBecomingGet) {
    Object.assign(next, { method: "GET", body: null });
  } else if (!canRepeatBody) {
    throw new FetchError(
      "a stream cannot be sent to where it is redirected",
      "unsupported-redirect",
    );
  }
  if (isSameOrigin(url, first.url)) return fetchFollowing(fetch, url, next, canRepeatBody);
  const headers = new Headers(init.headers);
  headers.delete("Authorization");
  headers.delete("Cookie");
  return fetch(url, { ...next, headers });
}

/** The limit ends with the head of the answer: downloads and event streams go on. `signal: null` lifts it. */
async function withHeadLimit(
  signal: ApiCall["signal"],
  send: (signal: AbortSignal | null) => Promise<Response>,
): Promise<Response> {
  if (signal === null) return send(null);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), API_HEAD_LIMIT_MS);
  try {
    return await send(AbortSignal.any(signal ? [signal, limit.signal] : [limit.signal]));
  } catch (error) {
    const message = `no answer of the API in ${API_HEAD_LIMIT_MS / 1000} s`;
    throw limit.signal.aborted ? new DOMException(message, "TimeoutError") : error;
  } finally {
    clearTimeout(timer);
  }
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

/** A stream of Node.js, or of the form-data package. */
function isStream(body: unknown): boolean {
  return typeof body === "object" && body !== null && "pipe" in body;
}
