/**
 * The assignors that members of consumer groups can ask for by name: here the broker shares out the work.
 */
import { assignRange } from "./assign-range.ts";
import { assignUniform } from "./assign-uniform.ts";
import type { Assignor } from "./assignor.ts";

/** By name, the default first. */
export const assignors: ReadonlyMap<string, Assignor> = new Map([
  ["uniform", assignUniform],
  ["range", assignRange],
]);

export const defaultAssignor = "uniform";
