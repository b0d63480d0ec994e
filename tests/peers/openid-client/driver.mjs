// openid-client behind the driver protocol.
//
// Used as its README shows: `clientCredentialsGrant`, then `fetchProtectedResource` with the token.
// The library keeps no token and leaves that to its user, so every call asks for one. What else it
// leaves to its user, reading the environment and joining URLs, is done as plainly as can be.
// https://github.com/panva/openid-client

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { inspect } from 'node:util';
import * as client from 'openid-client';

const REQUIRED = ['SSOJET_CLIENT_ID', 'SSOJET_CLIENT_SECRET', 'SSOJET_API_URL'];
const AUTH_METHODS = {
  client_secret_post: client.ClientSecretPost,
  client_secret_basic: client.ClientSecretBasic,
};
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const TIMEOUT_S = 10;
// Statuses by which a server says that it is not available.
const UNAVAILABLE = [408, 429, 500, 502, 503, 504];
// Of the library's codes: URLs that are not asked at all, and answers with status 200 that are no use.
const REFUSED_URLS = [
  'ERR_INVALID_URL',
  'OAUTH_HTTP_REQUEST_FORBIDDEN',
  'OAUTH_REQUEST_PROTOCOL_FORBIDDEN',
];
const READ_AS_TOKEN = [
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_PARSE_ERROR',
  'OAUTH_UNSUPPORTED_OPERATION',
];
const DESCRIPTION_CHARACTERS = (32 * 1024) / 3; // at most 3 bytes each

class ConfigurationError extends Error {}

function configured(environment) {
  const missing = REQUIRED.filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new ConfigurationError(`missing: ${missing.join(', ')}`);
  }
  const authMethod = environment.SSOJET_AUTH_METHOD || 'client_secret_post';
  if (!Object.hasOwn(AUTH_METHODS, authMethod)) {
    const names = Object.keys(AUTH_METHODS).join(' or ');
    throw new ConfigurationError(`SSOJET_AUTH_METHOD must be ${names}`);
  }
  const tokenUrl = environment.SSOJET_TOKEN_URL || 'https://api.ssojet.com/oauth/token';
  const { hostname, origin } = new URL(tokenUrl);
  const config = new client.Configuration(
    { issuer: origin, token_endpoint: tokenUrl },
    environment.SSOJET_CLIENT_ID,
    undefined,
    AUTH_METHODS[authMethod](environment.SSOJET_CLIENT_SECRET),
  );
  config.timeout = TIMEOUT_S;
  if (LOOPBACK.includes(hostname)) {
    client.allowInsecureRequests(config); // "intended for testing", which this is
  }
  const parameters = {};
  if (environment.SSOJET_SCOPE) parameters.scope = environment.SSOJET_SCOPE;
  if (environment.SSOJET_AUDIENCE) {
    parameters.audience = environment.SSOJET_AUDIENCE;
  }
  return { config, parameters, apiUrl: environment.SSOJET_API_URL };
}

async function token({ config, parameters }) {
  const answer = await client.clientCredentialsGrant(config, parameters);
  return answer.access_token;
}

async function call({ config, parameters, apiUrl }, request) {
  const { method = 'GET', path, body } = request;
  const url = new URL(`${apiUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`);
  const headers = new Headers();
  if (typeof body === 'string') headers.set('content-type', 'application/json');
  const accessToken = await token({ config, parameters });
  const response = await client
    .fetchProtectedResource(config, accessToken, url, method, body, headers)
    .catch((error) => {
      // An answer of the API like any other.
      if (error instanceof client.WWWAuthenticateChallengeError) {
        return error.response;
      }
      throw error;
    });
  await response.arrayBuffer();
  return response.status;
}

async function described(error) {
  const { kind, code = null, status = null } = await classified(error);
  return { kind, code, status, message: String(error.message) };
}

async function classified(error) {
  if (error instanceof client.ResponseBodyError) {
    return { kind: 'oauth', code: error.error, status: error.status };
  }
  if (error instanceof client.WWWAuthenticateChallengeError) {
    // What a token endpoint says along with a challenge is in the body.
    const body = await error.response.json().catch(() => null);
    const isOAuth = typeof body?.error === 'string';
    const known = isOAuth ? { kind: 'oauth', code: body.error } : { kind: 'protocol' };
    return { ...known, status: error.status };
  }
  if (error instanceof ConfigurationError || REFUSED_URLS.includes(error.code)) {
    return { kind: 'configuration' };
  }
  const status = READ_AS_TOKEN.includes(error.code) ? 200 : error.cause?.status;
  const isOfTheNetwork =
    causes(error).some(({ name }) => name === 'TimeoutError') ||
    (error instanceof TypeError && ['fetch failed', 'terminated'].includes(error.message));
  const isTransport = isOfTheNetwork || UNAVAILABLE.includes(status);
  return { kind: isTransport ? 'transport' : 'protocol', status };
}

function causes(error) {
  return error ? [error, ...causes(error.cause)] : [];
}

let lastError = null;

// Does it `n` times, `parallel` at once; results in the order of the starts.
async function repeated({ n = 1, parallel = 1 }, once) {
  const results = new Array(n);
  let next = 0;
  const worker = async () => {
    while (next < n) {
      const index = next;
      next += 1;
      const began = performance.now();
      try {
        results[index] = { ok: true, ...(await once()) };
      } catch (error) {
        lastError = error;
        results[index] = { ok: false, error: await described(error) };
      }
      results[index].ms = Math.round(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: Math.min(n, parallel) }, worker));
  return { results };
}

function describe({ config }) {
  const forms = [config, lastError].flatMap((thing) => [
    String(thing),
    inspect(thing, { depth: 6 }),
    JSON.stringify(thing),
  ]);
  return { text: forms.join('\n').slice(0, DESCRIPTION_CHARACTERS) };
}

async function reply(settings, line) {
  let request = null;
  try {
    request = JSON.parse(line);
  } catch {
    // answered like an unknown op
  }
  const answer = await operate(settings, request);
  return request?.id === undefined ? answer : { ...answer, id: request.id };
}

async function operate(settings, request) {
  switch (request?.op) {
    case 'token':
      return repeated(request, async () => ({ token: await token(settings) }));
    case 'call':
      return repeated(request, async () => ({
        status: await call(settings, request),
      }));
    case 'invalidate':
      return { ok: true }; // no token is kept
    case 'describe':
      return describe(settings);
    default:
      return { unsupported: true };
  }
}

// A string may hold half a surrogate pair, which no JSON text can.
const wellFormed = (_, value) => (typeof value === 'string' ? value.toWellFormed() : value);
const say = (message) => process.stdout.write(`${JSON.stringify(message, wellFormed)}\n`);

async function main() {
  let settings;
  try {
    settings = configured(process.env);
  } catch (error) {
    say({ ready: false, error: await described(error) });
    process.exitCode = 1;
    return;
  }
  const require = createRequire(import.meta.url);
  say({
    ready: true,
    protocol: 1,
    language: 'nodejs',
    client: 'openid-client',
    versions: {
      node: process.versions.node,
      'openid-client': require('openid-client/package.json').version,
    },
    capabilities: ['parallel'],
  });
  for await (const line of createInterface({ input: process.stdin })) {
    say(await reply(settings, line));
  }
}

await main();
