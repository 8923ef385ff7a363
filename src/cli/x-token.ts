/**
 * X's bearer token, from the environment alone.
 */
import { readSecret } from "../config/secret.ts";
import type { Host } from "./host.ts";
import { UsageError } from "./usage-error.ts";

/** Throws UsageError when there is none; `wayOut` says what else there is to do. */
export async function readBearerToken(env: Host["env"], wayOut: string): Promise<string> {
  const token = await readSecret(env, "X_BEARER_TOKEN");
  if (token !== null) return token;
  throw new UsageError(
    "usage",
    `no bearer token for X: set X_BEARER_TOKEN, or X_BEARER_TOKEN_FILE to a file that holds it (${wayOut})`,
  );
}
