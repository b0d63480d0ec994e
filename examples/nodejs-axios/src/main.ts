import { isAxiosError } from "axios";
import { Config, createAuthorizedAxios, SsojetError } from "./index.ts";

try {
  const api = createAuthorizedAxios(Config.fromEnv());
  const response = await api.get(process.argv[2] ?? "/orders");
  console.log(response.status, response.data);
} catch (error) {
  if (error instanceof SsojetError) console.error(`${error.kind} error: ${error.message}`);
  else if (isAxiosError(error)) console.error(error.message, error.response?.data ?? "");
  else throw error;
  process.exitCode = 1;
}
