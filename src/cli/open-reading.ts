/**
 * The schema that a run reads with, proved on every version of the subject before anything is printed.
 */
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { SubjectName } from "../kernel/brand.ts";
import type { RegistryClient } from "../registry/client.ts";
import type { PrintingDecoder } from "../serde/decoder.ts";
import type { Log } from "../telemetry/log.ts";
import type { ReaderChoice, ReadingChoice } from "./reading-options.ts";
import { tellUnreadable } from "./tell-unreadable.ts";

export interface Reading {
  readonly subject: SubjectName;
  readonly schema: TypedSchema<unknown>;
  /** Has the versions that the subject has now, and announces each that turns up later. */
  readonly decoder: PrintingDecoder<unknown>;
}

export interface ReadingTools {
  readonly registry: RegistryClient;
  readonly log: Log;
  /** What a topic's records are read as, and where they are registered, unless the choice says otherwise. */
  readonly generated: { readonly subject: SubjectName; readonly schema: TypedSchema<unknown> };
  readonly keepsDeadLetters: boolean;
}

export const defaultReading: ReadingChoice = { reader: { kind: "generated" } };

/**
 * Throws SerdeError `unreadable-versions` after every finding was logged, unless the policy was named and is not `fail`;
 * SerdeError `no-reader`; RegistryError.
 */
export async function openReading(
  choice: ReadingChoice,
  { registry, log, generated, keepsDeadLetters }: ReadingTools,
): Promise<Reading> {
  const [{ checkVersions, nameReader, refuseUnreadable }, { createDecoder }, { createWriterAnnouncer }] =
    await Promise.all([
      import("../serde/check-versions.ts"),
      import("../serde/decoder.ts"),
      import("./announce-writers.ts"),
    ]);
  const subject = choice.subject ?? generated.subject;
  const schema = await chooseSchema(choice.reader, { registry, subject, generated: generated.schema });
  const checked = await checkVersions(registry, subject, schema, { explain: choice.explain === true });
  const refusal = refuseUnreadable(subject, schema, checked);
  const goesOn = choice.onError === "skip" || choice.onError === "dead-letter";
  for (const { version, id, reading } of checked) {
    if (reading?.kind === "unreadable")
      tellUnreadable(
        goesOn ? log.warn : log.error,
        `version ${version} (schema ${id}) of ${subject}`,
        reading,
      );
  }
  if (refusal !== null) {
    if (!goesOn) throw refusal;
    log.warn(`${refusal.message}; their records are met by --on-error ${choice.onError}`);
  }
  log.debug("every version was checked", { subject, versions: checked.length, reader: nameReader(schema) });
  const { explain } = choice;
  const fate = describeFate(choice.onError, keepsDeadLetters);
  const onNewWriter = createWriterAnnouncer({ subject, schema, checked, fate, log });
  const decoder = createDecoder<unknown, unknown>(registry, schema, {
    subject,
    checked,
    explain,
    onNewWriter,
  });
  return { subject, schema, decoder };
}

/** Throws SerdeError `no-reader`, or RegistryError. */
export async function chooseSchema(
  reader: ReaderChoice,
  {
    registry,
    subject,
    generated,
  }: {
    readonly registry: RegistryClient;
    readonly subject: SubjectName;
    readonly generated: TypedSchema<unknown>;
  },
): Promise<TypedSchema<unknown>> {
  switch (reader.kind) {
    case "generated":
      return generated;
    case "file":
      return reader.schema;
    case "registered": {
      const { fetchReader } = await import("../serde/reader.ts");
      return await fetchReader(registry, subject, reader.version);
    }
  }
}

function describeFate(onError: ReadingChoice["onError"], keepsDeadLetters: boolean): string {
  if (onError === "fail") return "--on-error fail ends the run at the first of its records";
  if (onError === "skip") return "its records are skipped";
  return keepsDeadLetters
    ? "its records become dead letters"
    : "its records are told and counted, and make no dead letters";
}
