/**
 * Secrets come from the environment or from a file that the environment names (`NAME_FILE`), never from a flag.
 */
import { readFile } from "node:fs/promises";
import { describeCause } from "../kernel/error.ts";
import { ConfigError, type Environment } from "./load-config.ts";

/** The secret without surrounding white space, or null when there is none. Throws ConfigError `missing-secret`. */
export async function readSecret(env: Environment, name: string): Promise<string | null> {
  const direct = env[name]?.trim();
  if (direct !== undefined && direct !== "") return direct;
  const path = env[`${name}_FILE`];
  if (path === undefined || path === "") return null;
  let text: string;
  try {
    text = (await readFile(path, "utf8")).trim();
  } catch (cause) {
    throw new ConfigError("missing-secret", `${name}_FILE: ${describeCause(cause)}`, { cause });
  }
  if (text === "") throw new ConfigError("missing-secret", `${name}_FILE: ${path} is empty`);
  return text;
}
