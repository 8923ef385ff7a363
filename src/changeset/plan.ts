/**
 * What would have to be done for a registry to hold what a folder says, and what the registry will answer to it. Pure:
 * from the folder and the registry's state alone. Ids are not predicted, and neither are numbers of versions.
 */
import type { Changeset } from "./model.ts";
import {
  countOf,
  type Deletion,
  isHeldBack,
  keyOf,
  type Plan,
  type Registration,
  type SubjectPlan,
} from "./plan-model.ts";
import { planSubject } from "./plan-subject.ts";
import { findCircle } from "./registration-order.ts";
import type { RegistryState, SubjectState } from "./registry-state.ts";

export interface PlanOptions {
  readonly normalize?: boolean;
  /** Subjects of the state that the folder lacks are deleted. Default: they are told. */
  readonly prune?: boolean;
}

/** `state` has every subject of the folder; what else it has is taken for the folder's own and extra. */
export function createPlan(
  changeset: Changeset,
  state: RegistryState,
  { normalize = false, prune = false }: PlanOptions = {},
): Plan {
  const wanted = new Set(changeset.subjects.map(({ subject }) => subject));
  const subjects = changeset.subjects.map((entry) => planSubject(entry, state.subjects.get(entry.subject)));
  const extra = [...state.subjects.values()].filter(
    ({ subject, versions }) => !wanted.has(subject) && versions.length > 0,
  );
  return {
    url: state.url,
    folder: changeset.folder,
    mode: null,
    normalize,
    subjects: blockWhatRefers(breakCircle(subjects)),
    deletions: prune ? planDeletions(extra, [...state.subjects.values()], wanted) : [],
    extraSubjects: prune
      ? []
      : extra.map(({ subject, versions }) => ({
          kind: "extra-subject",
          subject,
          path: "subjects.json",
          message: `the registry has the subject ${subject} with ${countOf(versions.length, "version")}, and the folder does not: add it, or let --prune delete it`,
        })),
  };
}

function breakCircle(subjects: readonly SubjectPlan[]): readonly SubjectPlan[] {
  const circle = findCircle(subjects.flatMap(({ registrations }) => registrations));
  if (circle.length === 0) return subjects;
  const inCircle = new Set(circle);
  const by = `a circle through the order of versions (${circle.map(({ path }) => path).join(", ")})`;
  return subjects.map((subject) => ({
    ...subject,
    registrations: subject.registrations.map((registration) =>
      inCircle.has(registration) ? { ...registration, answer: { kind: "blocked", by } } : registration,
    ),
  }));
}

/** A schema cannot be registered after one of its subject that is refused, nor with a reference to such a one. */
export function blockWhatRefers(subjects: readonly SubjectPlan[]): readonly SubjectPlan[] {
  const refused = new Set<string>();
  for (const registration of subjects.flatMap(({ registrations }) => registrations)) {
    if (isHeldBack(registration)) refused.add(keyOf(registration.subject, registration.version));
  }
  let planned = subjects;
  for (let before = -1; before !== refused.size; ) {
    before = refused.size;
    planned = planned.map((subject) => {
      let blocker: string | null = null;
      const registrations = subject.registrations.map((registration): Registration => {
        if (registration.answer.kind === "incompatible") blocker = registration.path;
        if (registration.answer.kind !== "new-version") return registration;
        const reference = registration.references.find((use) => refused.has(keyOf(use.subject, use.version)));
        const by = reference === undefined ? blocker : `${reference.subject} v${reference.version}`;
        if (by === null) return registration;
        blocker = registration.path;
        refused.add(keyOf(registration.subject, registration.version));
        return { ...registration, answer: { kind: "blocked", by } };
      });
      return { ...subject, registrations };
    });
  }
  return planned;
}

function planDeletions(
  extra: readonly SubjectState[],
  all: readonly SubjectState[],
  wanted: ReadonlySet<string>,
): readonly Deletion[] {
  const refersTo = (from: SubjectState, to: string) =>
    from.subject !== to &&
    from.versions.some(({ references }) => references.some(({ subject }) => subject === to));
  const left = [...extra];
  const ordered: SubjectState[] = [];
  while (left.length > 0) {
    const free = left.findIndex((candidate) => !left.some((other) => refersTo(other, candidate.subject)));
    // In a circle through several versions there is no right order; the registry will say so.
    ordered.push(...left.splice(Math.max(free, 0), 1));
  }
  return ordered.map(({ subject, versions }) => ({
    subject,
    versions: versions.map(({ version }) => version),
    blockedBy: all.find((other) => wanted.has(other.subject) && refersTo(other, subject))?.subject ?? null,
    mode: null,
  }));
}
