/**
 * The seven compatibility levels of a subject: which earlier versions are compared, and in which direction
 * (Confluent Schema Registry, "Schema Evolution and Compatibility").
 */
import type { AvroSchema } from "../avro/model.ts";
import { checkCompatibility } from "./check-compatibility.ts";
import type { Finding } from "./finding.ts";

export const compatibilityLevels = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
] as const;
export type CompatibilityLevel = (typeof compatibilityLevels)[number];

/** What a registry applies where nobody set a level. */
export const defaultLevel: CompatibilityLevel = "BACKWARD";

/** Who reads whom: the proposed schema what was written with the earlier one, or the other way round. */
export type Direction = "proposed-reads-earlier" | "earlier-reads-proposed";

const rulesOfLevel: Readonly<
  Record<CompatibilityLevel, { directions: readonly Direction[]; versions: "latest" | "all" }>
> = {
  NONE: { directions: [], versions: "latest" },
  BACKWARD: { directions: ["proposed-reads-earlier"], versions: "latest" },
  BACKWARD_TRANSITIVE: { directions: ["proposed-reads-earlier"], versions: "all" },
  FORWARD: { directions: ["earlier-reads-proposed"], versions: "latest" },
  FORWARD_TRANSITIVE: { directions: ["earlier-reads-proposed"], versions: "all" },
  FULL: { directions: ["proposed-reads-earlier", "earlier-reads-proposed"], versions: "latest" },
  FULL_TRANSITIVE: { directions: ["proposed-reads-earlier", "earlier-reads-proposed"], versions: "all" },
};

export interface VersionedSchema {
  readonly version: number;
  readonly schema: AvroSchema;
}

/** One earlier version that does not go with the proposed schema. */
export interface Conflict {
  readonly version: number;
  readonly findings: readonly { readonly direction: Direction; readonly finding: Finding }[];
}

export type LevelVerdict =
  | { readonly kind: "compatible" }
  /** Conflicts with every version compared, newest first. */
  | { readonly kind: "incompatible"; readonly conflicts: readonly Conflict[] };

/** The level of that name in any case, or null when there is none. */
export function parseCompatibilityLevel(text: unknown): CompatibilityLevel | null {
  const upper = typeof text === "string" ? text.toUpperCase() : null;
  return compatibilityLevels.find((level) => level === upper) ?? null;
}

/** True when the level compares with every earlier version and not with the latest alone. */
export function isTransitive(level: CompatibilityLevel): boolean {
  return rulesOfLevel[level].versions === "all";
}

/** What `level` says about `proposed` after the `earlier` versions of its subject (live ones, in any order). */
export function checkLevel(
  level: CompatibilityLevel,
  proposed: AvroSchema,
  earlier: readonly VersionedSchema[],
): LevelVerdict {
  const { directions, versions } = rulesOfLevel[level];
  if (directions.length === 0) return { kind: "compatible" };
  const newestFirst = earlier.toSorted((a, b) => b.version - a.version);
  const conflicts: Conflict[] = [];
  for (const { version, schema } of versions === "all" ? newestFirst : newestFirst.slice(0, 1)) {
    const findings = directions.flatMap((direction) => {
      const pair =
        direction === "proposed-reads-earlier"
          ? { reader: proposed, writer: schema }
          : { reader: schema, writer: proposed };
      return checkCompatibility(pair).map((finding) => ({ direction, finding }));
    });
    if (findings.length > 0) conflicts.push({ version, findings });
  }
  return conflicts.length === 0 ? { kind: "compatible" } : { kind: "incompatible", conflicts };
}

/** Who must be able to read whom at this level; nobody under NONE. */
export function directionsOf(level: CompatibilityLevel): readonly Direction[] {
  return rulesOfLevel[level].directions;
}
