/**
 * A plan carried out, and nothing else: levels before schemas, what is referred to before what refers to it, versions
 * of a subject in their order, all else in parallel. Deletions come last.
 */
import { parseSchemaVersion, parseSubjectName, type SchemaId, type SchemaVersion } from "../kernel/brand.ts";
import { createLimit } from "../kernel/limit.ts";
import type { RegistryAdministration, SentSchema } from "../registry/administration.ts";
import type { SchemaReference } from "../registry/answers.ts";
import { RegistryError } from "../registry/error.ts";
import { keyOf, type Plan, type Registration } from "./plan-model.ts";
import { defaultParallel } from "./registry-state.ts";
import { sentText } from "./sent-text.ts";

export type ApplyEvent =
  | { readonly kind: "level"; readonly subject: string; readonly from: string | null; readonly to: string }
  | {
      readonly kind: "registered";
      readonly subject: string;
      readonly path: string;
      readonly id: SchemaId;
      readonly version: SchemaVersion | null;
    }
  | { readonly kind: "deleted"; readonly subject: string; readonly versions: readonly SchemaVersion[] };

export interface ApplyOptions {
  /** Requests at a time. Default 8. */
  readonly parallel?: number;
  /** Told of each change once the registry has confirmed it. */
  readonly onEvent?: (event: ApplyEvent) => void;
}

/** What applying asks of a registry. */
export type RegistryWriter = Pick<RegistryAdministration, "setLevel" | "file" | "find" | "deleteSubject">;

/**
 * `plan` must not be refused (`isRefused`). Throws the first RegistryError after everything that was under way has
 * ended; nothing new is begun then, and what was done stays done.
 */
export async function applyPlan(
  plan: Plan,
  registry: RegistryWriter,
  { parallel = defaultParallel, onEvent = () => {} }: ApplyOptions = {},
): Promise<void> {
  const limit = createLimit(parallel);
  await inParallel(plan.subjects, async ({ subject, level }, isStopped) => {
    if (level === null) return;
    await limit(async () => {
      if (isStopped()) return;
      await registry.setLevel(parseSubjectName(subject), level.to);
      onEvent({ kind: "level", subject, ...level });
    });
  });

  const filed = new Map<string, Promise<SchemaVersion | null>>();
  for (const { subject, filed: known } of plan.subjects) {
    for (const { version, registryVersion } of known) {
      filed.set(keyOf(subject, version), Promise.resolve(parseSchemaVersion(registryVersion)));
    }
  }
  const all = plan.subjects.flatMap(({ registrations }) => registrations);
  const isNeeded = new Set(
    all.flatMap(({ references }) => references.map((use) => keyOf(use.subject, use.version))),
  );
  const failure = createFailure();
  const register = async (registration: Registration, before: Promise<unknown>) => {
    await before;
    const { subject, version, path, answer } = registration;
    const references = await Promise.all(
      registration.references.map(async (use): Promise<SchemaReference | null> => {
        const number = await filed.get(keyOf(use.subject, use.version));
        if (number === undefined || number === null) return null;
        return { name: use.name, subject: parseSubjectName(use.subject), version: number };
      }),
    );
    const resolved = references.filter((reference) => reference !== null);
    if (failure.happened()) return null;
    if (resolved.length < references.length) {
      const message = `${plan.url}: ${path} refers to a version that the registry does not find again`;
      throw new RegistryError("registry-refused", message, { details: { subject } });
    }
    const schema: SentSchema = {
      text: sentText(registration),
      references: resolved,
      normalize: plan.normalize,
    };
    const name = parseSubjectName(subject);
    return await limit(async () => {
      if (failure.happened()) return null;
      if (answer.kind === "no-op") {
        return isNeeded.has(keyOf(subject, version))
          ? ((await registry.find(name, schema))?.version ?? null)
          : null;
      }
      const id = await registry.file(name, schema);
      // Not every registry answers the number of the version.
      const number = (await registry.find(name, schema))?.version ?? null;
      onEvent({ kind: "registered", subject, path, id, version: number });
      return number;
    });
  };
  // Started from the first to the last of each subject; a promise stands for each before any waits for it.
  let begin = () => {};
  const gate = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const registered: Promise<unknown>[] = [];
  for (const { registrations } of plan.subjects) {
    let before: Promise<unknown> = gate;
    for (const registration of registrations) {
      const done = register(registration, before).catch(failure.keep);
      filed.set(keyOf(registration.subject, registration.version), done);
      registered.push(done);
      before = done;
    }
  }
  begin();
  await Promise.all(registered);
  failure.rethrow();

  // One after the other: what refers goes before what is referred to.
  for (const { subject } of plan.deletions) {
    const versions = await registry.deleteSubject(parseSubjectName(subject));
    onEvent({ kind: "deleted", subject, versions });
  }
}

/** The first failure of work in parallel: the rest stops, and it is thrown once all has ended. */
function createFailure() {
  let first: { readonly error: unknown } | null = null;
  return {
    happened: () => first !== null,
    keep(error: unknown): null {
      first ??= { error };
      return null;
    },
    rethrow() {
      if (first !== null) throw first.error;
    },
  };
}

async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item, isStopped: () => boolean) => Promise<void>,
): Promise<void> {
  const failure = createFailure();
  await Promise.all(items.map((item) => work(item, failure.happened).catch(failure.keep)));
  failure.rethrow();
}
