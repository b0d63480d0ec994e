import { SsojetError } from "./errors.ts";

export type AuthMethod = "client_secret_post" | "client_secret_basic";

export const AUTH_METHODS: readonly AuthMethod[] = ["client_secret_post", "client_secret_basic"];

const DEFAULT_TOKEN_URL = "https://api.ssojet.com/oauth/token";

export interface Settings {
  clientId: string;
  /** A function is called for each token request, so that a rotated secret is used at once. */
  clientSecret: string | (() => string | Promise<string>);
  /** Base URL of the protected API. */
  apiUrl: string;
  tokenUrl?: string | undefined;
  /** Scopes between white space. */
  scope?: string | undefined;
  audience?: string | undefined;
  /** `client_secret_post` if left out. */
  authMethod?: AuthMethod | undefined;
}

type Field = keyof Settings;

const VARIABLES: Readonly<Record<Field, string>> = {
  clientId: "SSOJET_CLIENT_ID",
  clientSecret: "SSOJET_CLIENT_SECRET",
  apiUrl: "SSOJET_API_URL",
  tokenUrl: "SSOJET_TOKEN_URL",
  scope: "SSOJET_SCOPE",
  audience: "SSOJET_AUDIENCE",
  authMethod: "SSOJET_AUTH_METHOD",
};

/** The settings, checked. The secret is private: nothing that prints or serialises a Config shows it. */
export class Config {
  readonly clientId: string;
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly scope: string;
  readonly audience: string;
  readonly authMethod: AuthMethod;
  readonly #clientSecret: Settings["clientSecret"];

  constructor(settings: Settings) {
    const { clientId, clientSecret, apiUrl, scope = "", audience = "" } = settings;
    checkPresent({ clientId, clientSecret, apiUrl });
    if (typeof clientSecret === "string")
      checkText("clientSecret", clientSecret, CREDENTIAL_FAULTS);
    this.#clientSecret = clientSecret;
    this.clientId = checkText("clientId", clientId, CREDENTIAL_FAULTS);
    this.apiUrl = checkUrl("apiUrl", apiUrl);
    this.tokenUrl = checkUrl("tokenUrl", settings.tokenUrl || DEFAULT_TOKEN_URL);
    this.audience = checkText("audience", audience, [NOT_UNICODE]);
    const scopes = checkText("scope", scope, [NOT_UNICODE]).split(/\p{White_Space}+/u);
    this.scope = scopes.filter(Boolean).join(" ");
    this.authMethod = settings.authMethod || "client_secret_post";
    if (!AUTH_METHODS.includes(this.authMethod)) {
      throw invalid("authMethod", `must be ${AUTH_METHODS.join(" or ")}`);
    }
  }

  static fromEnv(env: NodeJS.ProcessEnv = process.env): Config {
    const values = Object.entries(VARIABLES).map(([field, variable]) => [field, env[variable]]);
    // Whatever is missing or wrong, the constructor finds out.
    return new Config(Object.fromEntries(values) as Settings);
  }

  get tokenHost(): string {
    return new URL(this.tokenUrl).host;
  }

  async readSecret(): Promise<string> {
    if (typeof this.#clientSecret === "string") return this.#clientSecret;
    let clientSecret: string;
    try {
      clientSecret = await this.#clientSecret();
    } catch (cause) {
      throw invalid("clientSecret", "the function for it failed", { cause });
    }
    checkPresent({ clientSecret });
    return checkText("clientSecret", clientSecret, CREDENTIAL_FAULTS);
  }
}

/** Names the variable and the field, as a reader may have set either. */
function invalid(field: Field, problem: string, options?: ErrorOptions): SsojetError {
  return new SsojetError("configuration", `${VARIABLES[field]} (${field}): ${problem}`, options);
}

function checkPresent(values: { [field in Field]?: unknown }): void {
  const fields = Object.keys(values) as Field[];
  const missing = fields.filter((field) => !values[field]);
  if (missing.length === 0) return;
  const names = missing.map((field) => `${VARIABLES[field]} (${field})`).join(", ");
  throw new SsojetError("configuration", `missing or empty: ${names}`);
}

type Fault = [pattern: RegExp, found: string];

// Node.js puts U+FFFD for every byte of the environment that is not UTF-8.
const NOT_UNICODE: Fault = [/[\p{Cs}\ufffd]/u, "text that is not valid Unicode"];
const LINE_END: Fault = [/[\r\n]/, "a line end"];
const CONTROL_CHARACTER: Fault = [/\p{Cc}/u, "a control character"];
const CREDENTIAL_FAULTS = [NOT_UNICODE, LINE_END, CONTROL_CHARACTER];
const URL_FAULTS = [...CREDENTIAL_FAULTS, [/[ \\]/, "white space or a backslash"] satisfies Fault];

function checkText(field: Field, text: string, faults: Fault[]): string {
  const fault = faults.find(([pattern]) => pattern.test(text));
  if (fault) throw invalid(field, `it contains ${fault[1]}`);
  return text;
}

/**
 * The URL class mends much of what is to be refused, so the text is looked at first: scheme, host,
 * port without a leading zero, path, query; no user info, no fragment.
 */
const URL_FORM = /^https?:\/\/(\[[0-9a-f:.]+\]|[^/?#@:[\]]+)(:[1-9]\d*)?(\/[^?#]*)?(\?[^#]*)?$/i;
const LOOPBACK = /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/i;

export function checkUrl(field: "apiUrl" | "tokenUrl", text: string): string {
  checkText(field, text, URL_FAULTS);
  const host = URL_FORM.exec(text)?.[1];
  if (host === undefined || !URL.canParse(text)) {
    throw invalid(field, "it is not of the form https://host:port/path");
  }
  if (/^http:/i.test(text) && !LOOPBACK.test(host)) {
    throw invalid(field, "http is for localhost, 127.0.0.0/8 and [::1] only");
  }
  if (field === "apiUrl" && text.includes("?")) throw invalid(field, "it contains a query");
  return text;
}

export function isSameOrigin(url: string, other: string): boolean {
  return new URL(url).origin === new URL(other).origin;
}
