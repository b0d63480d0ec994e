// The cost of the held token beside a bare async function with a clock compare.
import { Config, TokenProvider } from "../src/index.ts";

const ROUNDS = 300;
const CALLS = 20_000;

const tokens = new TokenProvider(Config.fromEnv());
const token = await tokens.getToken();
const expiresAt = performance.now() + 3_600_000;

async function bare(): Promise<string | undefined> {
  return performance.now() < expiresAt ? token : undefined;
}

// One loop each: a shared one would make both calls polymorphic.
async function oursNs(): Promise<number> {
  const began = performance.now();
  for (let call = 0; call < CALLS; call += 1) await tokens.getToken();
  return ((performance.now() - began) * 1e6) / CALLS;
}

async function bareNs(): Promise<number> {
  const began = performance.now();
  for (let call = 0; call < CALLS; call += 1) await bare();
  return ((performance.now() - began) * 1e6) / CALLS;
}

let [ours, beside] = [Infinity, Infinity];
for (let round = 0; round < ROUNDS; round += 1) {
  ours = Math.min(ours, await oursNs());
  beside = Math.min(beside, await bareNs());
}
console.log(JSON.stringify({ ours_ns: ours, bare_ns: beside }));
