import { RequestError } from "got";
import { Config, createAuthorizedGot, SsojetError } from "./index.ts";

try {
  const api = createAuthorizedGot(Config.fromEnv());
  const response = await api(process.argv[2] ?? "orders");
  console.log(response.statusCode, response.body);
} catch (error) {
  if (error instanceof SsojetError) console.error(`${error.kind} error: ${error.message}`);
  else if (error instanceof RequestError) console.error(error.message);
  else throw error;
  process.exitCode = 1;
}
