/**
 * How a subject came to be what it is: each version of the registry with what it changed, and whom it left behind.
 */
import { fingerprintOf } from "../avro/fingerprint.ts";
import { checkCompatibility } from "../evolution/check-compatibility.ts";
import { type Change, diffSchemas } from "../evolution/diff.ts";
import { countOf } from "./plan-model.ts";
import type { RegistryVersion, SubjectState } from "./registry-state.ts";

export interface HistoryEntry {
  readonly version: number;
  readonly id: number;
  /** CRC-64-AVRO; null for what is no Avro schema. */
  readonly fingerprint: string | null;
  /** What is not to be read of it; null where all is. */
  readonly problem: string | null;
  /** None for the first version. */
  readonly changes: readonly Change[];
  /** Reasons why it cannot read what the version before wrote, and the other way round. */
  readonly breaksReading: number;
  readonly breaksBeingRead: number;
}

export interface SubjectHistory {
  readonly subject: string;
  /** What applies, the subject's own or that of all. */
  readonly level: string;
  readonly isOwnLevel: boolean;
  /** Oldest first. */
  readonly versions: readonly HistoryEntry[];
}

export function traceHistory(
  { subject, ownLevel, versions }: SubjectState,
  levelOfAll: string,
): SubjectHistory {
  return {
    subject,
    level: ownLevel ?? levelOfAll,
    isOwnLevel: ownLevel !== null,
    versions: versions.map((version, index) => compareWith(version, versions[index - 1])),
  };
}

function compareWith(newer: RegistryVersion, older: RegistryVersion | undefined): HistoryEntry {
  const { version, id, problem, schema } = newer;
  const head = { version, id, problem, fingerprint: schema === null ? null : fingerprintOf(schema) };
  if (schema === null || older === undefined || older.schema === null) {
    return { ...head, changes: [], breaksReading: 0, breaksBeingRead: 0 };
  }
  return {
    ...head,
    changes: diffSchemas(older.schema, schema),
    breaksReading: checkCompatibility({ reader: schema, writer: older.schema }).length,
    breaksBeingRead: checkCompatibility({ reader: older.schema, writer: schema }).length,
  };
}

export function printHistory({ subject, level, isOwnLevel, versions }: SubjectHistory): string {
  const lines = versions.flatMap((entry) => [
    `version ${entry.version}, id ${entry.id}, fingerprint ${entry.fingerprint ?? "-"}`,
    ...(entry.problem === null ? [] : [`  ${entry.problem}`]),
    ...entry.changes.map(({ kind, path, message }) => `  ${kind} at ${path === "" ? "/" : path}: ${message}`),
    ...(entry.breaksReading === 0
      ? []
      : [`  cannot read all that the version before wrote (${countOf(entry.breaksReading, "reason")})`]),
    ...(entry.breaksBeingRead === 0
      ? []
      : [
          `  cannot be read by the version before in all cases (${countOf(entry.breaksBeingRead, "reason")})`,
        ]),
  ]);
  const head = `${subject}: ${countOf(versions.length, "version")}, level ${level}${isOwnLevel ? "" : " (that of all)"}`;
  return `${[head, ...lines].join("\n")}\n`;
}
