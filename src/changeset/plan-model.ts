/**
 * A plan as data: what would be done to a registry, what it will answer, and where it differs from the folder.
 */
import type { AvroSchema } from "../avro/model.ts";
import type { CompatibilityLevel, Conflict } from "../evolution/levels.ts";
import type { Warning, WarningKind } from "../evolution/warning.ts";
import type { VersionReference } from "./model.ts";

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
  /** No mode but READWRITE takes a schema. */
  | { readonly kind: "read-only"; readonly mode: Mode }
  /** An earlier file of the subject, or one that this refers to, will be refused. */
  | { readonly kind: "blocked"; readonly by: string };

/** A mode that keeps something from being written. */
export interface Mode {
  /** READONLY, READONLY_OVERRIDE, IMPORT, ... */
  readonly name: string;
  /** Whose it is: the subject's own, or that of the whole registry. */
  readonly of: "subject" | "registry";
}

export interface NamedConflict {
  /** A file of the folder, or `version 3` of the registry. */
  readonly earlier: string;
  readonly findings: Conflict["findings"];
}

/** What the registry lets through, and what would go wrong all the same. */
export interface UnseenWarning extends Omit<Warning, "kind"> {
  readonly kind: WarningKind | "registry-differs";
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
  /** Null where it keeps nothing from being written, or is not known. */
  readonly mode: Mode | null;
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
  /** Null where it keeps nothing from being written, or is not known. */
  readonly mode: Mode | null;
}

export interface Plan {
  readonly url: string;
  readonly folder: string;
  /** Of all subjects without one of their own; null for READWRITE, and where it is not known. */
  readonly mode: string | null;
  /** Schemas are sent with `normalize=true`. */
  readonly normalize: boolean;
  readonly subjects: readonly SubjectPlan[];
  /** What refers comes before what is referred to. */
  readonly deletions: readonly Deletion[];
  /** Subjects that the folder lacks and that are left alone. */
  readonly extraSubjects: readonly Drift[];
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

/** True for a mode that refuses levels and deletions, too. */
export function isReadOnly(mode: Mode | null): boolean {
  return mode?.name.startsWith("READONLY") ?? false;
}

/** Whether the registry would refuse a part of the plan: then none of it is applied. */
export function isRefused({ subjects, deletions }: Plan): boolean {
  return (
    deletions.some(({ blockedBy, mode }) => blockedBy !== null || isReadOnly(mode)) ||
    subjects.some(
      ({ level, mode, registrations }) =>
        (level !== null && isReadOnly(mode)) || registrations.some(isHeldBack),
    )
  );
}

/** True for what will make no version although it should. */
export function isHeldBack({ answer: { kind } }: Pick<Registration, "answer">): boolean {
  return kind === "incompatible" || kind === "blocked" || kind === "read-only";
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
