/**
 * Writers that turn up while a run reads: each new version is announced once, with what becomes of its records.
 */
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { SubjectName } from "../kernel/brand.ts";
import { type CheckedVersion, nameReader } from "../serde/check-versions.ts";
import type { NewWriter } from "../serde/decoder.ts";
import type { Log } from "../telemetry/log.ts";
import { tellUnreadable } from "./tell-unreadable.ts";

export interface AnnouncerOptions {
  readonly subject: SubjectName;
  readonly schema: Pick<TypedSchema<unknown>, "name" | "version">;
  /** What the subject had at the start. */
  readonly checked: readonly CheckedVersion[];
  /** What becomes of records that cannot be read, as the end of a sentence. */
  readonly fate: string;
  readonly log: Log;
}

/** A topic may name thousands of schemas; the summary counts by version. */
const maxAnnounced = 20;

export function createWriterAnnouncer({ subject, schema, checked, fate, log }: AnnouncerOptions) {
  const newest = Math.max(0, ...checked.map(({ version }) => version));
  const announced = new Set<number>();
  let overflowed = false;
  return ({ id, version, reading }: NewWriter): void => {
    if (announced.has(id)) return;
    if (announced.size >= maxAnnounced) {
      if (!overflowed) log.info("more schemas turn up and are no longer announced one by one");
      overflowed = true;
      return;
    }
    announced.add(id);
    const what =
      version === null
        ? `schema ${id}, which ${subject} does not have,`
        : `${version > newest ? "new " : ""}version ${version} (schema ${id}) of ${subject}`;
    if (reading.kind === "readable") {
      log.info(`${what} turned up and is read as ${nameReader(schema)}`);
      return;
    }
    tellUnreadable(log.warn, what, reading);
    log.warn(`${what} turned up: ${fate}`);
  };
}
