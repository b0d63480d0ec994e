import { Readable } from "node:stream";
import axios, {
  AxiosHeaders,
  type AxiosInstance,
  type AxiosResponse,
  CanceledError,
  type CreateAxiosDefaults,
  type InternalAxiosRequestConfig as RequestConfig,
} from "axios";
import { type Config, checkUrl, isSameOrigin } from "./config.ts";
import { TokenProvider, type TokenSource } from "./token-provider.ts";
import { withoutProxyOnLoopback } from "./transport.ts";

/** In milliseconds: how long axios waits for an answer, as axios itself waits for ever. */
const API_LIMIT_MS = 30_000;

/** An API whose tokens another client gets too. */
export interface ApiWithTokens {
  apiUrl: string;
  tokens: TokenSource;
}

/**
 * An axios instance for the configured API that adds the bearer token.
 *
 * A request interceptor wraps the adapter of each call. So the token is added below all of axios:
 * your interceptors, transforms, `validateStatus` and per-call options, `adapter` included, work as
 * they always do, see one answer, and neither they nor an AxiosError ever hold the token.
 */
export function createAuthorizedAxios(
  api: Config | ApiWithTokens,
  options: CreateAxiosDefaults = {},
): AxiosInstance {
  const apiUrl = checkUrl("apiUrl", api.apiUrl);
  const tokens = "tokens" in api ? api.tokens : new TokenProvider(api, options);
  const instance = axios.create({ timeout: API_LIMIT_MS, ...options, baseURL: apiUrl });
  // The first interceptor to be added is the last to run: it sees what yours have changed.
  instance.interceptors.request.use((config) => {
    const { adapter = "http" } = config;
    return { ...config, adapter: (final) => sendCall(tokens, apiUrl, { ...final, adapter }) };
  });
  return instance;
}

async function sendCall(
  tokens: TokenSource,
  apiUrl: string,
  config: RequestConfig,
): Promise<AxiosResponse> {
  const hasOwnCredentials = config.headers.has("Authorization") || config.auth !== undefined;
  if (hasOwnCredentials || !isForApi(config, apiUrl)) return unwrap(await send(config));

  const token = await getToken(tokens, config);
  const first = await send(config, token);
  if (first.response?.status !== 401 || !first.hadToken) return unwrap(first);
  const hasReplacement = tokens.handleUnauthorized(token);
  if (!hasReplacement || !isRepeatable(config, first)) return unwrap(first);
  // With responseType stream: nobody reads the rest of this answer.
  if (first.response.data instanceof Readable) first.response.data.destroy();
  return unwrap(await send(config, await getToken(tokens, config)));
}

function isForApi({ baseURL, url, allowAbsoluteUrls }: RequestConfig, apiUrl: string): boolean {
  const target = axios.getUri({ baseURL, url, allowAbsoluteUrls } as RequestConfig);
  return URL.canParse(target) && isSameOrigin(target, apiUrl);
}

async function getToken(tokens: TokenSource, config: RequestConfig): Promise<string> {
  const signal = config.signal as AbortSignal | undefined;
  try {
    return await tokens.getToken({ signal });
  } catch (error) {
    throw signal?.aborted ? new CanceledError(undefined, config) : error;
  }
}

/** How a request went: an answer that `validateStatus` refuses is in both, response and error. */
interface Outcome {
  response?: AxiosResponse | undefined;
  error?: unknown;
  isRedirected: boolean;
  /** Whether our token was still on the request after all redirects. */
  hadToken: boolean;
}

/** Sends a copy of the config, with the token. What comes back refers to the config without it. */
async function send(config: RequestConfig, token?: string): Promise<Outcome> {
  const outcome: Outcome = { isRedirected: false, hadToken: token !== undefined };
  const headers = new AxiosHeaders(config.headers);
  if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
  const request: RequestConfig = {
    ...config,
    ...withoutProxyOnLoopback(axios.getUri(config), config.proxy),
    headers,
    beforeRedirect(options, ...details) {
      outcome.isRedirected = true;
      // axios has taken Authorization off where the redirect leaves the origin.
      const { headers: kept } = options as { headers: object };
      outcome.hadToken &&= "Authorization" in kept;
      config.beforeRedirect?.(options, ...details);
    },
  };
  try {
    outcome.response = await axios.getAdapter(config.adapter, request)(request);
    hideToken(outcome.response, config);
  } catch (error) {
    outcome.error = error;
    if (axios.isAxiosError(error)) {
      outcome.response = error.response;
      hideToken(error, config);
      if (error.response) hideToken(error.response, config);
    }
  }
  return outcome;
}

function unwrap({ response, error }: Outcome): AxiosResponse {
  if (error !== undefined) throw error as Error;
  return response as AxiosResponse;
}

/** The request of Node.js, which everything that prints an error goes into, shows its headers. */
function hideToken(holder: { config?: unknown; request?: unknown }, config: RequestConfig): void {
  holder.config = config;
  Object.defineProperty(holder, "request", { enumerable: false });
}

function isRepeatable({ data, method = "get" }: RequestConfig, { isRedirected }: Outcome): boolean {
  const isObject = typeof data === "object" && data !== null;
  const isStream = isObject && ("pipe" in data || Symbol.asyncIterator in data);
  return !isStream && (!isRedirected || /^(get|head)$/i.test(method));
}
