import { AUTH_METHODS, type Config } from "./config.ts";
import { type ErrorDetails, type ErrorKind, SsojetError } from "./errors.ts";
import * as limits from "./limits.ts";

export interface TokenRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** RFC 6749, sections 4.4.2 (client credentials grant) and 2.3.1 (client authentication). */
export function buildTokenRequest(config: Config, secret: string): TokenRequest {
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (config.scope) form.set("scope", config.scope);
  if (config.audience) form.set("audience", config.audience);
  const headers = new Map([
    ["Accept", "application/json"],
    ["Content-Type", "application/x-www-form-urlencoded"],
    ["User-Agent", limits.USER_AGENT],
  ]);
  if (config.authMethod === "client_secret_basic") {
    headers.set("Authorization", `Basic ${basicCredentials(config.clientId, secret)}`);
  } else {
    form.set("client_id", config.clientId);
    form.set("client_secret", secret);
  }
  return { url: config.tokenUrl, headers: Object.fromEntries(headers), body: form.toString() };
}

export function basicCredentials(clientId: string, secret: string): string {
  return Buffer.from(`${formEncode(clientId)}:${formEncode(secret)}`).toString("base64");
}

export function formEncode(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

/** An answer of the token endpoint, whatever HTTP client read it. */
export interface TokenResponse {
  status: number;
  contentType: string | null | undefined;
  retryAfter: string | null | undefined;
  body: string;
  /** Why the body is not whole, if it is not. */
  bodyProblem?: string;
}

/** RFC 6749, section 5. Throws a SsojetError for everything that is no bearer token. */
export function parseTokenResponse(
  response: TokenResponse,
  config: Config,
  secret: string,
): { accessToken: string; lifeMs: number } {
  const fields = parseJsonObject(response.body);
  const { access_token: accessToken, token_type: tokenType, expires_in: expiresIn } = fields;
  const { error, error_description: description, error_uri: uri } = fields;
  const sent = [secret, formEncode(secret), basicCredentials(config.clientId, secret)];
  const carry = (value: unknown) => carriedText(value, [...sent, accessToken]);
  const refuse = (kind: ErrorKind, reason: string, details?: ErrorDetails) =>
    toError(response, config, kind, reason, details);

  if (isText(error) && error !== "") {
    const advice = error === "invalid_client" ? adviceOnClient(config) : "";
    const details = {
      oauthError: carry(error),
      oauthErrorDescription: carry(description),
      oauthErrorUri: carry(uri),
    };
    const words = [details.oauthError, details.oauthErrorDescription].filter(Boolean);
    throw refuse("oauth", `: ${words.join(": ")}${advice}`, details);
  }
  if (limits.RETRYABLE_STATUSES.includes(response.status)) throw refuse("transport", "");
  if (response.status === 407) throw refuse("transport", ", which is the answer of a proxy");
  if (response.status !== 200) throw refuse("protocol", " without an OAuth error");
  if (typeof accessToken !== "string" || !/^[\x21-\x7e]+$/.test(accessToken)) {
    throw refuse("protocol", " without an access_token of visible ASCII");
  }
  if (!isBearer(tokenType)) {
    throw refuse("protocol", ` with the token_type ${carry(tokenType) ?? typeof tokenType}`);
  }
  const lifeSeconds = parseExpiresIn(expiresIn);
  if (lifeSeconds === undefined) throw refuse("protocol", " with an unusable expires_in");
  return { accessToken, lifeMs: lifeSeconds * 1000 };
}

/** What is no JSON object has none of the members that are asked for. */
function parseJsonObject(text: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(text) as object) };
  } catch {
    return {};
  }
}

function toError(
  { status, contentType, retryAfter, bodyProblem }: TokenResponse,
  { tokenHost }: Config,
  kind: ErrorKind,
  reason: string,
  details?: ErrorDetails,
): SsojetError {
  const isHtml = /html/i.test(contentType ?? "") && status < 500;
  const isRedirect = status >= 300 && status < 400;
  const isWrongUrl = isHtml || isRedirect || [404, 405, 415].includes(status);
  const problem = bodyProblem ? `; its body ${bodyProblem}` : "";
  const hint = isWrongUrl ? "; check SSOJET_TOKEN_URL (tokenUrl)" : "";
  const message = `the token endpoint at ${tokenHost} answered ${status}${reason}${problem}${hint}`;
  return new SsojetError(kind, message, {
    tokenEndpointStatus: status,
    retryable: limits.RETRYABLE_STATUSES.includes(status),
    retryAfterMs: parseRetryAfter(retryAfter),
    ...details,
  });
}

function adviceOnClient({ authMethod }: Config): string {
  const other = AUTH_METHODS.find((method) => method !== authMethod);
  return `; check id and secret, or try SSOJET_AUTH_METHOD (authMethod) ${other}`;
}

function isBearer(tokenType: unknown): boolean {
  if (tokenType === undefined || tokenType === null) return true;
  return typeof tokenType === "string" && /^bearer$/i.test(tokenType);
}

/** In seconds; undefined for what is no life. */
function parseExpiresIn(value: unknown): number | undefined {
  const isDigits = typeof value === "string" && /^[0-9]+$/.test(value);
  const seconds = isDigits ? Number(value) : (value ?? limits.DEFAULT_LIFE_SECONDS);
  if (typeof seconds !== "number" || seconds < 1) return undefined;
  return Math.min(Math.floor(seconds), limits.MAX_LIFE_SECONDS);
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** RFC 9110, section 10.2.3: seconds or a date; undefined for anything else. */
function parseRetryAfter(value: string | null | undefined): number | undefined {
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Date.parse guesses at all that has a number in it, and takes a date without a zone as local.
  const date = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** Half a surrogate pair is no text. */
function isText(value: unknown): value is string {
  return typeof value === "string" && !/\p{Cs}/u.test(value);
}

/** Text of the endpoint as an error may carry it: it can hold anything, even what was sent. */
function carriedText(value: unknown, secrets: unknown[]): string | undefined {
  if (!isText(value)) return undefined;
  const printable = value.replaceAll(/\p{Cc}/gu, "");
  const isLeaking = secrets.some(
    (secret) =>
      typeof secret === "string" &&
      secret.length >= limits.MIN_SECRET_LENGTH &&
      printable.includes(secret),
  );
  return isLeaking ? "[removed]" : [...printable].slice(0, limits.MAX_CARRIED_CHARACTERS).join("");
}
