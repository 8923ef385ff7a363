/**
 * Settings from four places, the nearer one winning: flags, environment, configuration file, defaults.
 * A value that is refused is named by the place it came from.
 */
import { resolve } from "node:path";
import { BirdwireError, describeCause } from "../kernel/error.ts";
import { isJsonObject } from "../kernel/json.ts";
import { type Config, configSchema, listSettings, type SettingName } from "./settings.ts";

export type ConfigErrorCode = "invalid-config" | "unreadable-config" | "missing-secret" | "invalid-rules";
export class ConfigError extends BirdwireError<ConfigErrorCode> {}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigFile {
  readonly path: string;
  readonly content: unknown;
}

export interface ConfigSources {
  /** Values of flags by flag name; an absent flag is undefined. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Environment;
  readonly file?: ConfigFile | undefined;
  /** Settings that count only as flags: what the environment or the file says of them is not looked at. */
  readonly unused?: readonly SettingName[] | undefined;
}

/** Throws ConfigError `invalid-config` for the first value that is refused. */
export function parseConfig({ flags, env, file, unused = [] }: ConfigSources): Config {
  const fromFile = file === undefined || file.content === null ? {} : file.content;
  if (!isJsonObject(fromFile)) {
    throw new ConfigError(
      "invalid-config",
      `${file?.path}: a configuration file holds one object of settings`,
    );
  }
  const settings = listSettings();
  const unknown = Object.keys(fromFile).filter((key) => !settings.some((setting) => setting.name === key));
  if (unknown.length > 0) {
    const names = settings.map((setting) => setting.name).join(", ");
    throw new ConfigError(
      "invalid-config",
      `${file?.path}: there is no setting ${unknown.map((key) => JSON.stringify(key)).join(", ")}; there are: ${names}`,
    );
  }
  const values: Record<string, unknown> = {};
  for (const { name, flag, env: variable, schema } of settings) {
    const found = [
      { value: flags[flag], from: `--${flag}` },
      { value: env[variable] === "" ? undefined : env[variable], from: variable },
      { value: fromFile[name], from: `${file?.path}: ${name}` },
    ]
      .slice(0, unused.includes(name) ? 1 : undefined)
      .find((candidate) => candidate.value !== undefined);
    if (found === undefined) continue;
    const parsed = schema.safeParse(found.value);
    if (!parsed.success) {
      const reason = parsed.error.issues[0]?.message ?? "is refused";
      throw new ConfigError("invalid-config", `${found.from}: ${show(found.value)} ${reason}`, {
        details: { setting: name, from: found.from },
      });
    }
    values[name] = found.value;
  }
  return configSchema.parse(values);
}

/** A value for a message: what may be a password in an address is left out. */
function show(value: unknown): string {
  return JSON.stringify(value).replaceAll(/\/\/[^/@"]*@/g, "//***@");
}

/**
 * Finds and reads `birdwire.config.{json,yaml,yml}` in `directory`, or exactly `path` when one is given.
 * Throws ConfigError `unreadable-config`.
 */
export async function loadConfigFile(directory: string, path?: string): Promise<ConfigFile | undefined> {
  const { lilconfig } = await import("lilconfig");
  const finder = lilconfig("birdwire", {
    searchPlaces: ["json", "yaml", "yml"].map((extension) => `birdwire.config.${extension}`),
    stopDir: directory,
    loaders: { ".json": parseFile, ".yaml": parseFile, ".yml": parseFile },
  });
  try {
    const result =
      path === undefined ? await finder.search(directory) : await finder.load(resolve(directory, path));
    return result === null ? undefined : { path: result.filepath, content: result.config };
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const which = path ?? "the configuration file";
    const reason = describeCause(cause);
    throw new ConfigError("unreadable-config", `${which} cannot be read: ${reason}`, { cause });
  }
}

async function parseFile(path: string, text: string): Promise<unknown> {
  try {
    return path.endsWith(".json") ? JSON.parse(text) : (await import("yaml")).parse(text);
  } catch (cause) {
    throw new ConfigError("unreadable-config", `${path}: ${describeCause(cause)}`, { cause });
  }
}
