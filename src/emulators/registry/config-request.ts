/**
 * The body and the answers of the config routes: the level, and settings that are kept without an effect.
 */
import { parseCompatibilityLevel } from "../../evolution/levels.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { refuse } from "./refusal.ts";
import type { Config } from "./store.ts";

/** `earlier` settings stay where the body does not name them; null takes one back. Throws Refusal 42203. */
export function readConfig(body: JsonObject, earlier: Config | null): Config {
  const { compatibility, ...others } = body;
  const level =
    compatibility === undefined || compatibility === null
      ? earlier?.level
      : parseCompatibilityLevel(compatibility);
  if (level === null) throw refuse.invalidLevel();
  const kept = Object.entries({ ...earlier?.others, ...others }).filter(([, value]) => value !== null);
  return { ...(level !== undefined && { level }), others: Object.fromEntries(kept) };
}

/** As GET and DELETE answer it. */
export function describeConfig(config: Config): JsonObject {
  return { ...config.others, ...(config.level !== undefined && { compatibilityLevel: config.level }) };
}

/** As PUT answers it. */
export function describeUpdate(config: Config): JsonObject {
  return { ...config.others, ...(config.level !== undefined && { compatibility: config.level }) };
}
