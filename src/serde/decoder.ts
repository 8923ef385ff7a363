/**
 * Framed bytes to typed values. Each writer's schema is fetched, checked and resolved once; decoding is synchronous
 * from then on. What cannot be decoded is an outcome with a reason; only a registry that fails is an error.
 */
import { LRUCache } from "lru-cache";
import { AvroError } from "../avro/error.ts";
import {
  createJsonReader,
  type JsonReader,
  type JsonTarget,
  type PrintPayload,
} from "../avro/to-json/json-reader.ts";
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { ResolutionStep } from "../evolution/explain-resolution.ts";
import type { SchemaId, SchemaVersion, SubjectName } from "../kernel/brand.ts";
import type { RegistryClient } from "../registry/client.ts";
import { RegistryError } from "../registry/error.ts";
import { frameHeadBytes, parseFrame, readFrameId } from "../wire/frame.ts";
import { readSchemaIdHeader, type SchemaIdHeader } from "../wire/headers.ts";
import type { CheckedVersion } from "./check-versions.ts";
import { createReaderSchema, createReading, type WriterReading } from "./writer.ts";

export type { ResolutionStep };

export type UndecodableCode =
  /** Not a frame: the first byte is not 0x00. */
  | "bad-magic"
  /** Too few bytes for a frame's head, or a schema id header of a wrong length. */
  | "short-frame"
  /** The registry does not know the id, or the GUID. */
  | "unknown-schema-id"
  /** The writer's schema is of another type, or none that can be used. */
  | "not-avro"
  /** The reader's schema cannot read what the writer's wrote. */
  | "incompatible"
  /** The payload ends inside the value. */
  | "truncated"
  /** Bytes are left over after the value. */
  | "trailing-bytes"
  /** The payload cannot come from the writer's schema. */
  | "corrupt";

export interface Undecodable {
  readonly kind: "undecodable";
  readonly code: UndecodableCode;
  readonly message: string;
  /** The schema id that the record names; null when it names none. */
  readonly writerId: SchemaId | null;
}

export interface WriterIdentity {
  readonly id: SchemaId;
  /** Its version under the decoder's subject; null without a subject, or when it is not filed there. */
  readonly version: SchemaVersion | null;
  /** Names of the reader's fields that it fills, the others having their defaults; null when it is no record. */
  readonly fields: ReadonlySet<string> | null;
  /** What resolution does to its values for the reader; undefined unless the decoder was to explain. */
  readonly resolution?: readonly ResolutionStep[] | undefined;
}

export type DecodeOutcome<Read> =
  | { readonly kind: "record"; readonly value: Read; readonly writer: WriterIdentity }
  | { readonly kind: "tombstone" }
  | Undecodable;

export interface RecordDecoder<Read> {
  /**
   * Synchronous once the writer's id was seen. Rejects with RegistryError when the registry must be asked and does not
   * answer: nothing is known of the record then, and the call may be made again.
   */
  decode(
    value: Buffer | null,
    headers: Readonly<Record<string, Buffer>>,
  ): DecodeOutcome<Read> | Promise<DecodeOutcome<Read>>;
}

/** A decoder that also prints: with `printing` a record's value is the JSON that was put behind the target's text. */
export interface PrintingDecoder<Read> extends RecordDecoder<Read> {
  printing(target: JsonTarget): RecordDecoder<undefined>;
}

/** A writer that was not among those checked before. */
export interface NewWriter {
  readonly id: SchemaId;
  readonly version: SchemaVersion | null;
  readonly reading: WriterReading;
}

export interface DecoderOptions {
  /** Only to tell the writer's version. */
  readonly subject?: SubjectName | undefined;
  /** Most writers whose resolver is kept. Default 1000. */
  readonly maxWriters?: number;
  /** What is known of the subject's versions already: their writers are not asked for again while they are kept. */
  readonly checked?: readonly CheckedVersion[];
  /** Tells what resolution does in each record's `writer.resolution`. Default false; `checked` brings its own. */
  readonly explain?: boolean | undefined;
  /** Told of each other writer when it was fetched, and so again when it had to be forgotten. */
  readonly onNewWriter?: ((writer: NewWriter) => void) | undefined;
}

type DecoderRegistry = Pick<RegistryClient, "schemaById" | "versionsOfId" | "idOfGuid">;

interface Writer {
  readonly identity: WriterIdentity;
  readonly reading: WriterReading;
  /** Of the decoder that printed one of its payloads last. */
  printed?: Printed;
}

interface Printed {
  readonly by: JsonReader;
  readonly print: PrintPayload;
  readonly outcome: DecodeOutcome<undefined>;
}

/** Throws AvroError when the reader's schema itself is unusable. */
export function createDecoder<Read, Write>(
  registry: DecoderRegistry,
  schema: TypedSchema<Read, Write>,
  { subject, maxWriters = 1000, checked = [], explain, onNewWriter }: DecoderOptions = {},
): PrintingDecoder<Read> {
  const reader = createReaderSchema(schema, { explain });
  const writers = new LRUCache<SchemaId, Writer>({ max: maxWriters });
  const underWay = new Map<SchemaId, Promise<Writer | null>>();
  const idsOfGuids = new LRUCache<string, SchemaId>({ max: maxWriters });
  const checkedIds = new Set(checked.map(({ id }) => id));
  for (const { id, version, reading } of checked) if (reading !== null) keepWriter(id, version, reading);

  async function fetchWriter(id: SchemaId): Promise<Writer | null> {
    const registered = await registry.schemaById(id);
    if (registered === null) return null;
    const version = await findVersion(registry, id, subject);
    const reading = createReading(id, registered, reader);
    if (!checkedIds.has(id)) onNewWriter?.({ id, version, reading });
    return keepWriter(id, version, reading);
  }

  function keepWriter(id: SchemaId, version: SchemaVersion | null, reading: WriterReading): Writer {
    const { fields, resolution } =
      reading.kind === "readable" ? reading : { fields: null, resolution: undefined };
    const writer: Writer = { identity: { id, version, fields, resolution }, reading };
    writers.set(id, writer);
    return writer;
  }

  function openWriter(id: SchemaId): Promise<Writer | null> {
    const pending = underWay.get(id);
    if (pending !== undefined) return pending;
    const fetching = fetchWriter(id).finally(() => underWay.delete(id));
    underWay.set(id, fetching);
    return fetching;
  }

  /** Decoders over the same writers. */
  function decoderOf<Value>(read: ReadPayload<Value>): RecordDecoder<Value> {
    // Records of one writer follow one another.
    let last: Writer | undefined;

    function decodePayload(
      id: SchemaId,
      bytes: Buffer,
      from: number,
    ): DecodeOutcome<Value> | Promise<DecodeOutcome<Value>> {
      if (last?.identity.id !== id) {
        const writer = writers.get(id);
        if (writer === undefined) return decodeLater(id, bytes, from);
        last = writer;
      }
      return read(last, bytes, from);
    }

    async function decodeLater(id: SchemaId, bytes: Buffer, from: number): Promise<DecodeOutcome<Value>> {
      const writer = await openWriter(id);
      if (writer !== null) return read(writer, bytes, from);
      return undecodable("unknown-schema-id", `the registry knows no schema ${id}`, id);
    }

    async function decodeByGuid(guid: string, bytes: Buffer): Promise<DecodeOutcome<Value>> {
      const id = await registry.idOfGuid(guid);
      if (id === null) {
        return undecodable("unknown-schema-id", `the registry knows no schema with GUID ${guid}`, null);
      }
      idsOfGuids.set(guid, id);
      return decodePayload(id, bytes, 0);
    }

    function decodeByHeader(
      header: SchemaIdHeader,
      bytes: Buffer,
    ): DecodeOutcome<Value> | Promise<DecodeOutcome<Value>> {
      switch (header.kind) {
        case "id":
          return decodePayload(header.id, bytes, 0);
        case "guid": {
          const id = idsOfGuids.get(header.guid);
          return id === undefined ? decodeByGuid(header.guid, bytes) : decodePayload(id, bytes, 0);
        }
        case "bad-length":
          return undecodable(
            "short-frame",
            `the schema id header has ${header.length} bytes, not 5 or 17`,
            null,
          );
        case "bad-magic":
          return undecodable("bad-magic", `the schema id header begins with ${hex(header.magic)}`, null);
        case "bad-id":
          return undecodable("unknown-schema-id", `${header.id} is no schema id`, null);
      }
    }

    return {
      decode(value, headers) {
        if (value === null) return { kind: "tombstone" };
        const header = readSchemaIdHeader(headers, "value");
        if (header !== null) return decodeByHeader(header, value);
        const id = readFrameId(value);
        if (id !== null) return decodePayload(id, value, frameHeadBytes);
        const frame = parseFrame(value);
        switch (frame.kind) {
          case "framed":
            return decodePayload(frame.id, value, frameHeadBytes);
          case "bad-magic":
            return undecodable("bad-magic", `the first byte is ${hex(frame.magic)}, not 0x00`, null);
          case "short-frame":
            return undecodable(
              "short-frame",
              `${frame.length} bytes are too few for a schema id and a payload`,
              null,
            );
          case "bad-id":
            return undecodable("unknown-schema-id", `${frame.id} is no schema id`, null);
        }
      },
    };
  }

  return {
    ...decoderOf(readPayload<Read>),
    printing(target) {
      const json = createJsonReader(reader.schema, schema.values ?? {}, target);
      return decoderOf((writer, bytes, from) => {
        const { identity, reading } = writer;
        if (reading.kind === "unreadable") return undecodable(reading.code, reading.message, identity.id);
        if (writer.printed?.by !== json) {
          const outcome = { kind: "record", value: undefined, writer: identity } as const;
          writer.printed = { by: json, print: json.printerOf(reading.resolver), outcome };
        }
        try {
          writer.printed.print(bytes, from);
        } catch (error) {
          return undecodable(codeOfFault(error), (error as AvroError).message, identity.id);
        }
        return writer.printed.outcome;
      });
    },
  };
}

type ReadPayload<Value> = (writer: Writer, bytes: Buffer, from: number) => DecodeOutcome<Value>;

function readPayload<Read>({ identity, reading }: Writer, bytes: Buffer, from: number): DecodeOutcome<Read> {
  if (reading.kind === "unreadable") return undecodable(reading.code, reading.message, identity.id);
  try {
    // The codec gives what the reader's schema says, and the types are made of that schema.
    return { kind: "record", value: reading.decode(bytes.subarray(from)) as Read, writer: identity };
  } catch (error) {
    return undecodable(codeOfFault(error), (error as AvroError).message, identity.id);
  }
}

function codeOfFault(error: unknown): UndecodableCode {
  if (!(error instanceof AvroError)) throw error;
  return error.code === "truncated" || error.code === "trailing-bytes" ? error.code : "corrupt";
}

/** Only shown: a registry that cannot tell does not keep records from being read. */
async function findVersion(
  registry: DecoderRegistry,
  id: SchemaId,
  subject: SubjectName | undefined,
): Promise<SchemaVersion | null> {
  if (subject === undefined) return null;
  try {
    const versions = await registry.versionsOfId(id);
    return versions.find((entry) => entry.subject === subject)?.version ?? null;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return null;
  }
}

function undecodable(code: UndecodableCode, message: string, writerId: SchemaId | null): Undecodable {
  return { kind: "undecodable", code, message, writerId };
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
