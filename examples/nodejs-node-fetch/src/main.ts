import { Config, createAuthorizedFetch, SsojetError } from "./index.ts";

try {
  const apiFetch = createAuthorizedFetch(Config.fromEnv());
  const response = await apiFetch(process.argv[2] ?? "/orders");
  console.log(response.status, await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  if (!(error instanceof SsojetError)) throw error;
  console.error(`${error.kind} error: ${error.message}`);
  process.exitCode = 1;
}
