/**
 * Can this reader read everything that this writer may have written? Every reason why not, each with its place.
 */
import type { AvroSchema } from "../avro/model.ts";
import { isPrimitiveKind } from "../avro/parse-schema.ts";
import { childPairs } from "./descent.ts";
import type { Finding } from "./finding.ts";
import { rules } from "./rules.ts";

export interface SchemaPair {
  readonly reader: AvroSchema;
  readonly writer: AvroSchema;
}

/** All findings, empty when every record can be read. A pair of types met again is reported at its first place. */
export function checkCompatibility({ reader, writer }: SchemaPair): readonly Finding[] {
  return createComparison()(reader, writer, { reader: [], writer: [] });
}

type Path = readonly string[];
interface Place {
  readonly reader: Path;
  readonly writer: Path;
}

interface Visit {
  readonly depth: number;
  /** Null while the pair is being compared. */
  findings: readonly Finding[] | null;
  /** Depth of the outermost pair whose success was taken for granted; infinite for none. */
  assumed: number;
  readonly forget: () => void;
}

const nothing = Number.POSITIVE_INFINITY;

/**
 * Recursive types bring a pair back to itself: it is then taken to match, which is right unless the outer
 * comparison fails in the end. So a success that rests on a pair that failed is forgotten and compared anew.
 */
function createComparison() {
  const visits = new Map<AvroSchema, Map<AvroSchema, Visit>>();
  const provisional: Visit[] = [];
  let assumed = nothing;
  let depth = 0;

  function compare(reader: AvroSchema, writer: AvroSchema, at: Place): readonly Finding[] {
    if (reader.kind === writer.kind && isPrimitiveKind(reader.kind)) return [];
    // Every cycle passes through a pair of records, so they alone need remembering.
    if (reader.kind !== "record" || writer.kind !== "record") return comparePair(reader, writer, at);
    const known = visits.get(reader)?.get(writer);
    if (known !== undefined) {
      assumed = Math.min(assumed, known.findings === null ? known.depth : known.assumed);
      return known.findings ?? [];
    }
    const row = visits.get(reader) ?? new Map<AvroSchema, Visit>();
    const visit: Visit = {
      depth: depth++,
      findings: null,
      assumed: nothing,
      forget: () => void row.delete(writer),
    };
    visits.set(reader, row.set(writer, visit));
    const since = provisional.length;
    const outer = assumed;
    assumed = nothing;
    visit.findings = comparePair(reader, writer, at);
    depth--;
    if (visit.findings.length > 0) {
      // The failure itself stands whatever was assumed: assuming success can only hide findings.
      for (const rested of provisional.splice(since)) rested.forget();
    } else if (assumed >= visit.depth) {
      for (const rested of provisional.splice(since)) rested.assumed = nothing;
    } else {
      visit.assumed = assumed;
      provisional.push(visit);
      for (const rested of provisional.slice(since)) rested.assumed = Math.min(rested.assumed, assumed);
    }
    assumed = Math.min(outer, visit.assumed);
    return visit.findings;
  }

  function comparePair(reader: AvroSchema, writer: AvroSchema, at: Place): readonly Finding[] {
    const findings = new Set<Finding>();
    const attempt = (branch: AvroSchema, written: AvroSchema) => compare(branch, written, at);
    for (const rule of rules) {
      for (const breach of rule.check(reader, writer, { attempt })) {
        findings.add({
          rule: rule.id,
          readerPath: formatPath([...at.reader, ...breach.step]),
          writerPath: formatPath([...at.writer, ...breach.step]),
          info: breach.info,
          message: breach.message,
          causes: breach.causes ?? [],
        });
      }
    }
    for (const child of childPairs(reader, writer)) {
      const place = {
        reader: [...at.reader, ...child.readerStep],
        writer: [...at.writer, ...child.writerStep],
      };
      for (const finding of compare(child.reader, child.writer, place)) findings.add(finding);
    }
    return [...findings];
  }

  return compare;
}

function formatPath(path: Path): string {
  return `/${path.join("/")}`;
}
