/**
 * A plan and the modes of the registry: a subject that is not READWRITE takes no schema, and a read-only one neither a
 * level nor a deletion (Confluent "Schema Registry API Reference", Mode).
 */
import { parseSubjectName } from "../kernel/brand.ts";
import { createLimit } from "../kernel/limit.ts";
import type { RegistryAdministration } from "../registry/administration.ts";
import { RegistryError } from "../registry/error.ts";
import { blockWhatRefers } from "./plan.ts";
import type { Mode, Plan, SubjectPlan } from "./plan-model.ts";
import { defaultParallel, type ReadStateOptions } from "./registry-state.ts";

/** What asking for modes asks of a registry. */
export type ModeReader = Pick<RegistryAdministration, "modeOfAll" | "mode">;

/** The plan with what the modes will refuse. A registry that does not tell its modes has none. Throws RegistryError. */
export async function heedModes(
  plan: Plan,
  registry: ModeReader,
  { parallel = defaultParallel }: ReadStateOptions = {},
): Promise<Plan> {
  const all = await untold(registry.modeOfAll());
  if (all === null) return plan;
  const limit = createLimit(parallel);
  const modeOf = async (subject: string): Promise<Mode | null> => {
    const name = all === override ? all : await limit(() => untold(registry.mode(parseSubjectName(subject))));
    return name === null || name === plain ? null : { name, of: name === all ? "registry" : "subject" };
  };
  const [subjects, deletions] = await Promise.all([
    Promise.all(plan.subjects.map(async (entry) => heed(entry, await modeOf(entry.subject)))),
    Promise.all(plan.deletions.map(async (entry) => ({ ...entry, mode: await modeOf(entry.subject) }))),
  ]);
  return { ...plan, mode: all === plain ? null : all, subjects: blockWhatRefers(subjects), deletions };
}

const plain = "READWRITE";
/** Goes over the modes of subjects. */
const override = "READONLY_OVERRIDE";

function heed(entry: SubjectPlan, mode: Mode | null): SubjectPlan {
  if (mode === null) return entry;
  const registrations = entry.registrations.map((registration) =>
    registration.answer.kind === "new-version"
      ? { ...registration, answer: { kind: "read-only" as const, mode } }
      : registration,
  );
  return { ...entry, mode, registrations };
}

/** Null where modes are unknown to the registry, or not for us to see. */
async function untold(asking: Promise<string>): Promise<string | null> {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (!["registry-refused", "registry-forbidden", "unexpected-answer"].includes(error.code)) throw error;
    return null;
  }
}
