/**
 * A plan's expected answers held against what the registry itself says, where it can be asked before anything is
 * changed: the first new schema of each subject whose level is set already and whose references are all there.
 */
import { parseSchemaVersion, parseSubjectName } from "../kernel/brand.ts";
import { createLimit } from "../kernel/limit.ts";
import type { RegistryAdministration } from "../registry/administration.ts";
import type { SchemaReference } from "../registry/answers.ts";
import type { RegistryVerdict } from "../registry/client.ts";
import { blockWhatRefers } from "./plan.ts";
import { keyOf, type Plan, type Registration, type UnseenWarning } from "./plan-model.ts";
import { defaultParallel, type ReadStateOptions } from "./registry-state.ts";
import { sentText } from "./sent-text.ts";

/**
 * The plan with the registry's own verdicts: what it says counts, also where our engine says otherwise, which is then
 * told as a warning. Asked through `/compatibility/subjects/{subject}/versions`, which applies the subject's level;
 * `/versions/latest` would not, for a transitive one. Throws RegistryError.
 */
export async function askRegistry(
  plan: Plan,
  registry: RegistryAdministration,
  { parallel = defaultParallel, onProgress = () => {} }: ReadStateOptions = {},
): Promise<Plan> {
  const numbers = new Map(
    plan.subjects.flatMap(({ subject, filed }) =>
      filed.map(({ version, registryVersion }) => [keyOf(subject, version), registryVersion] as const),
    ),
  );
  const limit = createLimit(parallel);
  let done = 0;
  const subjects = await Promise.all(
    plan.subjects.map(async (subject) => {
      const first = subject.registrations.find(({ answer }) => answer.kind !== "no-op");
      const references = first === undefined ? null : resolveReferences(first, numbers);
      if (first === undefined || references === null || subject.level !== null) return subject;
      const schema = { text: sentText(first), references, normalize: plan.normalize };
      const verdict = await limit(() => registry.check(parseSubjectName(subject.subject), schema));
      onProgress(++done, plan.subjects.length);
      const registrations = subject.registrations.map((registration) =>
        registration === first ? heed(registration, verdict) : registration,
      );
      return { ...subject, registrations };
    }),
  );
  return { ...plan, subjects: blockWhatRefers(subjects) };
}

function resolveReferences(
  { references }: Registration,
  numbers: ReadonlyMap<string, number>,
): readonly SchemaReference[] | null {
  const resolved = references.flatMap(({ name, subject, version }) => {
    const number = numbers.get(keyOf(subject, version));
    return number === undefined
      ? []
      : [{ name, subject: parseSubjectName(subject), version: parseSchemaVersion(number) }];
  });
  return resolved.length < references.length ? null : resolved;
}

function heed(registration: Registration, { isCompatible, messages }: RegistryVerdict): Registration {
  const { answer, warnings } = registration;
  if (answer.kind === "read-only") return registration;
  if (answer.kind === "incompatible") {
    if (!isCompatible) return { ...registration, answer: { ...answer, messages } };
    const warning = differs("the registry would take it, and our check of its level would not");
    return { ...registration, warnings: [...warnings, warning] };
  }
  if (isCompatible) return registration;
  const warning = differs("the registry would refuse it, and our check of its level would not");
  return {
    ...registration,
    answer: { kind: "incompatible", conflicts: [], messages },
    warnings: [...warnings, warning],
  };
}

function differs(message: string): UnseenWarning {
  return { kind: "registry-differs", path: "", olderPath: null, message };
}
