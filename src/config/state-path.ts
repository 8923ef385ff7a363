/**
 * Where state that must outlive a process lies, unless `--state` says otherwise. Spec: XDG Base Directory Specification
 * 0.8: `$XDG_STATE_HOME`, by default `~/.local/state`; a relative path in the variable is ignored.
 */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { Environment } from "./load-config.ts";
import type { Config } from "./settings.ts";

/** An absolute path; a relative one in the setting is taken from `cwd`. */
export function findStatePath({ state }: Pick<Config, "state">, env: Environment, cwd: string): string {
  if (state !== undefined) return resolve(cwd, state);
  const { XDG_STATE_HOME: xdg, HOME: home } = env;
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, "birdwire");
  return join(home === undefined || home === "" ? homedir() : home, ".local", "state", "birdwire");
}
