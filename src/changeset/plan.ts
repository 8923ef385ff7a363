/**
 * What would have to be done for a registry to hold what a folder says, and what the registry will answer to it. Pure:
 * from the folder and the registry's state alone. Ids are not predicted, and neither are numbers of versions.
 */
import type { AvroSchema } from "../avro/model.ts";
import type { CompatibilityLevel, Conflict } from "../evolution/levels.ts";
import type { Changeset, VersionReference } from "./model.ts";
import { planSubject } from "./plan-subject.ts";
import { findCircle } from "./registration-order.ts";
import type { RegistryState, SubjectState } from "./registry-state.ts";

/** What the registry will say to a registration. */
export type ExpectedAnswer =
  | { readonly kind: "new-version" }
  /** The same schema is there already: the answer is its id, and the latest stays what it is. */
  | { readonly kind: "no-op"; readonly sameAs: string; readonly latest: string }
  | {
      readonly kind: "incompatible";
      /** What our engine finds, by the version it concerns. */
      readonly conflicts: readonly NamedConflict[];
      /** What the registry itself said, where it was asked. */
      readonly messages: readonly string[];
    }
  /** An earlier file of the subject, or one that this refers to, will be refused. */
  | { readonly kind: "blocked"; readonly by: string };

export interface NamedConflict {
  /** A file of the folder, or `version 3` of the registry. */
  readonly earlier: string;
  readonly findings: Conflict["findings"];
}

/** What the registry lets through, and what would go wrong all the same. */
export interface UnseenWarning {
  readonly kind: string;
  readonly path: string;
  readonly olderPath: string | null;
  readonly message: string;
}

export interface Registration {
  readonly subject: string;
  /** Of the folder. */
  readonly version: number;
  /** Relative to the folder. */
  readonly path: string;
  readonly text: string;
  readonly schema: AvroSchema;
  /** By versions of the folder: the registry's may have other numbers. */
  readonly references: readonly VersionReference[];
  readonly answer: ExpectedAnswer;
  readonly warnings: readonly UnseenWarning[];
}

export const driftKinds = [
  /** The registry's level is another one than the folder's. */
  "level",
  /** A version of the registry that the folder lacks. */
  "extra-version",
  /** Folder and registry have different schemas under one number. */
  "different-version",
  /** A version of the folder that the registry lacks, while it has a later one. */
  "missing-version",
  /** The registry has the folder's versions in another order. */
  "order",
  /** A version of the registry that is no Avro schema we can read. */
  "unreadable-version",
  /** A subject of the registry that the folder lacks, where the folder owns what is there. */
  "extra-subject",
] as const;
export type DriftKind = (typeof driftKinds)[number];

export interface Drift {
  readonly kind: DriftKind;
  readonly subject: string;
  /** Relative to the folder; subjects.json where it is about no schema. */
  readonly path: string;
  readonly message: string;
}

export interface SubjectPlan {
  readonly subject: string;
  readonly level: { readonly from: string | null; readonly to: CompatibilityLevel } | null;
  /** In the order of their versions. */
  readonly registrations: readonly Registration[];
  readonly drift: readonly Drift[];
  /** Which version of the registry has which of the folder. */
  readonly filed: readonly FiledAs[];
}

export interface FiledAs {
  readonly version: number;
  readonly registryVersion: number;
}

export interface Deletion {
  readonly subject: string;
  readonly versions: readonly number[];
  /** A subject that stays and refers to it: the registry will refuse. */
  readonly blockedBy: string | null;
}

export interface Plan {
  readonly url: string;
  readonly folder: string;
  /** Schemas are sent with `normalize=true`. */
  readonly normalize: boolean;
  readonly subjects: readonly SubjectPlan[];
  /** What refers comes before what is referred to. */
  readonly deletions: readonly Deletion[];
  /** Subjects that the folder lacks and that are left alone. */
  readonly extraSubjects: readonly Drift[];
}

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

/** Whether applying the plan would change anything. */
export function hasChanges({ subjects, deletions }: Plan): boolean {
  return (
    deletions.length > 0 ||
    subjects.some(
      ({ level, registrations }) =>
        level !== null || registrations.some(({ answer }) => answer.kind !== "no-op"),
    )
  );
}

/** Whether the registry would refuse a part of the plan: then none of it is applied. */
export function isRefused({ subjects, deletions }: Plan): boolean {
  return (
    deletions.some(({ blockedBy }) => blockedBy !== null) ||
    subjects.some(({ registrations }) =>
      registrations.some(({ answer }) => answer.kind === "incompatible" || answer.kind === "blocked"),
    )
  );
}

export function hasDrift({ subjects, extraSubjects }: Plan): boolean {
  return extraSubjects.length > 0 || subjects.some(({ drift }) => drift.length > 0);
}

export function keyOf(subject: string, version: number): string {
  return `${version} ${subject}`;
}

export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
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
  for (const { subject, version, answer } of subjects.flatMap(({ registrations }) => registrations)) {
    if (answer.kind === "incompatible" || answer.kind === "blocked") refused.add(keyOf(subject, version));
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
  }));
}
