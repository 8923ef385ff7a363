/**
 * The body of the mode routes.
 */
import type { JsonObject } from "../../kernel/json.ts";
import { refuse } from "./refusal.ts";
import { type Mode, modes } from "./store.ts";

/** Any case. Throws Refusal 42204. */
export function readMode(body: JsonObject): Mode {
  const wanted = typeof body.mode === "string" ? body.mode.toUpperCase() : null;
  const mode = modes.find((name) => name === wanted);
  if (mode === undefined) throw refuse.invalidMode();
  return mode;
}
