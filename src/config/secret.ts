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

const secretVariable = /^(X_BEARER_TOKEN|BIRDWIRE_\w*(?:TOKEN|PASSWORD|PASSPHRASE))(?:_FILE)?$/;

/** Every secret that the environment holds or names a file of, whoever needs it; what cannot be read is left out. */
export async function readAllSecrets(env: Environment): Promise<string[]> {
  const names = new Set(Object.keys(env).flatMap((variable) => secretVariable.exec(variable)?.[1] ?? []));
  const secrets = await Promise.all([...names].map((name) => readSecret(env, name).catch(() => null)));
  return secrets.filter((secret) => secret !== null);
}
