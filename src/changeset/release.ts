/**
 * Freezing what was not released yet: its fingerprints and verdicts go into the lock, and stay there.
 */
import { checkChangeset } from "./check.ts";
import { extendLock, printLock } from "./lock.ts";
import type { Changeset } from "./model.ts";
import type { ReportEntry } from "./report.ts";

export type Release =
  | {
      readonly kind: "released";
      /** Paths of the versions that are new in the lock. */
      readonly paths: readonly string[];
      /** The new text of lock.json; null when nothing in it is new. */
      readonly lockText: string | null;
    }
  /** The check has found errors: nothing may be frozen. */
  | { readonly kind: "refused"; readonly entries: readonly ReportEntry[] };

export function createRelease(changeset: Changeset): Release {
  const entries = checkChangeset(changeset).filter(({ severity }) => severity === "error");
  if (entries.length > 0) return { kind: "refused", entries };
  const paths = changeset.records.flatMap(({ versions }) =>
    versions.filter(({ isReleased }) => !isReleased).map(({ path }) => path),
  );
  const lockText = printLock(extendLock(changeset.lock, changeset.records));
  const isNew = lockText !== printLock(changeset.lock);
  return { kind: "released", paths, lockText: isNew ? lockText : null };
}
