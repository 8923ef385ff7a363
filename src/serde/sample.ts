/**
 * One record of a topic, read with a schema that is only proposed and written again with it: what of it would be lost.
 */
import { createCodec } from "../avro/codec.ts";
import { AvroError } from "../avro/error.ts";
import { type AvroSchema, isNamed } from "../avro/model.ts";
import { parseSchemaText } from "../avro/parse-schema.ts";
import { describePointer } from "../avro/pointer.ts";
import { isSameName } from "../evolution/rules.ts";
import { findValueLosses, type LossRule } from "../evolution/value-loss.ts";
import type { SchemaId } from "../kernel/brand.ts";
import type { RegistryClient } from "../registry/client.ts";
import { createDecoder, type RecordDecoder } from "./decoder.ts";
import { describeReader } from "./reader.ts";
import { parseWriter } from "./writer.ts";

export type SampleRule =
  | LossRule
  /** The proposed schema cannot read it. */
  | "sample-unreadable"
  /** The proposed schema reads it, and cannot write what it read. */
  | "sample-not-rewritten";

export interface SampleBreak {
  readonly rule: SampleRule;
  /** JSON pointer into the record's value. */
  readonly path: string;
  /** JSON pointer into the proposed schema. */
  readonly schemaPath: string;
  readonly message: string;
}

export type Examined =
  /** `breaks` is empty where nothing is lost. */
  | { readonly kind: "record"; readonly writerId: SchemaId; readonly breaks: readonly SampleBreak[] }
  | { readonly kind: "tombstone" }
  /** Of another record that the topic holds, too. */
  | { readonly kind: "other" }
  /** Its own schema cannot read it either, whatever is proposed. */
  | { readonly kind: "unsound"; readonly message: string };

export interface Sampler {
  /** Rejects with RegistryError when the registry does not answer. */
  examine(value: Buffer | null, headers: Readonly<Record<string, Buffer>>): Promise<Examined>;
}

type AskedRegistry = Pick<RegistryClient, "schemaById" | "versionsOfId" | "idOfGuid">;

interface OwnReading {
  readonly schema: AvroSchema;
  readonly decoder: RecordDecoder<unknown>;
}

export interface SamplerOptions {
  /** The schema's text, with the types of other subjects written out. */
  readonly proposed: string;
  /** Whether the topic has records of no other name; else those of other names are passed over. */
  readonly isAlone: boolean;
}

/** Throws AvroError for a text that is no schema. */
export function createSampler(registry: AskedRegistry, { proposed, isAlone }: SamplerOptions): Sampler {
  const schema = parseSchemaText(proposed);
  const described = describeReader(schema, null);
  const codec = createCodec(described.json, described.values);
  const decoder = createDecoder<unknown, unknown>(registry, described);
  const own = new Map<SchemaId, OwnReading | null>();

  async function openOwn(id: SchemaId): Promise<OwnReading | null> {
    const known = own.get(id);
    if (known !== undefined) return known;
    const registered = await registry.schemaById(id);
    let opened: OwnReading | null = null;
    try {
      if (registered?.schemaType === "AVRO") {
        const written = parseWriter(registered);
        opened = { schema: written, decoder: createDecoder(registry, describeReader(written, null)) };
      }
    } catch (error) {
      if (!(error instanceof AvroError)) throw error;
    }
    own.set(id, opened);
    return opened;
  }

  return {
    async examine(value, headers) {
      const read = await decoder.decode(value, headers);
      if (read.kind === "tombstone") return read;
      const writerId = read.kind === "record" ? read.writer.id : read.writerId;
      const reading = writerId === null ? null : await openOwn(writerId);
      const written = reading === null ? read : await reading.decoder.decode(value, headers);
      if (written.kind !== "record" || reading === null || writerId === null) {
        return { kind: "unsound", message: "message" in written ? written.message : "it cannot be read" };
      }
      if (!isAlone && isOther(schema, reading.schema)) return { kind: "other" };
      if (read.kind === "undecodable") {
        const { message } = read;
        const broken = { rule: "sample-unreadable", path: "", schemaPath: "", message } as const;
        return { kind: "record", writerId, breaks: [broken] };
      }
      const losses = findValueLosses(
        { schema: reading.schema, value: written.value },
        { schema, value: read.value },
      );
      return {
        kind: "record",
        writerId,
        breaks: [
          ...losses.map(({ readerPath, ...loss }) => ({ ...loss, schemaPath: readerPath })),
          ...findRefusals(read.value),
        ],
      };
    },
  };

  function findRefusals(value: unknown): readonly SampleBreak[] {
    try {
      codec.encode(value);
      return [];
    } catch (error) {
      if (!(error instanceof AvroError)) throw error;
      const [finding] = codec.check(value);
      const { path = "", message = error.message } = finding ?? {};
      const what = `what was read cannot be written again: ${describePointer(path)}: ${message}`;
      return [{ rule: "sample-not-rewritten", path, schemaPath: "", message: what }];
    }
  }
}

function isOther(proposed: AvroSchema, written: AvroSchema): boolean {
  if (!isNamed(proposed) || !isNamed(written)) return proposed.kind !== written.kind;
  return !isSameName(proposed.fullName, proposed.aliases, written.fullName);
}
