/**
 * Typed values to framed bytes: the schema is registered or looked up once, and encoding is then a synchronous matter
 * of the codec.
 */
import { createCodec } from "../avro/codec.ts";
import { AvroError } from "../avro/error.ts";
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { SchemaId, SubjectName } from "../kernel/brand.ts";
import type { RegistryClient } from "../registry/client.ts";
import { frameHeadBytes, writeFrameHead } from "../wire/frame.ts";
import { SerdeError } from "./error.ts";
import { openLatest } from "./latest.ts";

export type EncodeOutcome =
  /** The bytes are the caller's own. */
  | { readonly kind: "encoded"; readonly bytes: Buffer }
  | {
      readonly kind: "unencodable";
      readonly code: "invalid-value" | "unpaired-surrogate";
      /** JSON pointer into the value; "" is the value itself. */
      readonly path: string;
      readonly message: string;
    };

export interface RecordEncoder<Write> {
  readonly schemaId: SchemaId;
  readonly subject: SubjectName;
  /** Fields of ours that are not written, since the version registered last does not have them. */
  readonly leftOut: readonly string[];
  /** A frame with the schema's id, or why there is none. Fields that the schema lacks are refused, never dropped. */
  encode(value: Write): EncodeOutcome;
}

/**
 * `auto` registers the schema. `never`: the subject must have it already. `latest`: neither; values are written with the
 * version that was registered last, if ours can be read as it.
 */
export type Registration = "auto" | "never" | "latest";

/** All that an encoder may ask, by its options. */
export type EncoderRegistry = Pick<RegistryClient, "register" | "lookUp" | "schemaOfVersion" | "schemaById">;

export interface EncoderOptions {
  readonly subject: SubjectName;
  readonly register: Registration;
  /** Made the subject's own level before the schema is registered; without it the subject's settings stay. */
  readonly level?: string | undefined;
}

const firstScratchBytes = 16 * 1024;
const keptScratchBytes = 1024 * 1024;

/**
 * Throws RegistryError (`incompatible-schema` among others), SerdeError, or AvroError when the schema itself is unusable.
 */
export async function createEncoder<Read, Write>(
  registry: EncoderRegistry,
  schema: TypedSchema<Read, Write>,
  options: EncoderOptions,
): Promise<RecordEncoder<Write>> {
  const { subject } = options;
  const codec = createCodec(schema.json, schema.values);
  const { schemaId, leftOut, encodeInto } =
    options.register === "latest"
      ? await openLatest(registry, schema, subject)
      : {
          schemaId: await findSchemaId(registry, schema, options),
          leftOut: [],
          encodeInto: codec.encodeInto,
        };
  let scratch = createScratch(firstScratchBytes, schemaId);

  return {
    schemaId,
    subject,
    leftOut,
    encode(value) {
      try {
        let target = scratch;
        let end = encodeInto(target, frameHeadBytes, value);
        while (end < 0) {
          target = createScratch(Math.max(target.length * 2, target.length - end), schemaId);
          if (target.length <= keptScratchBytes) scratch = target;
          end = encodeInto(target, frameHeadBytes, value);
        }
        const bytes = Buffer.allocUnsafe(end);
        target.copy(bytes, 0, 0, end);
        return { kind: "encoded", bytes };
      } catch (error) {
        return describeRefusal(error);
      }
    },
  };
}

async function findSchemaId<Read, Write>(
  registry: EncoderRegistry,
  schema: TypedSchema<Read, Write>,
  { subject, register, level }: EncoderOptions,
): Promise<SchemaId> {
  if (register === "auto") return (await registry.register(subject, schema.json, { level })).id;
  const found = await registry.lookUp(subject, schema.json);
  if (found !== null) return found.id;
  const { name, version, fingerprint } = schema;
  const what = `${name ?? "the schema"}${version === null ? "" : ` version ${version}`}`;
  throw new SerdeError(
    "schema-not-registered",
    `${what} is not registered under subject ${subject}, and registering it is not allowed here`,
    { details: { subject, name, version, fingerprint } },
  );
}

/** The head of the frame is the same for each value: it is written once. */
function createScratch(length: number, schemaId: SchemaId): Buffer {
  const scratch = Buffer.allocUnsafeSlow(length);
  writeFrameHead(scratch, 0, schemaId);
  return scratch;
}

function describeRefusal(error: unknown): EncodeOutcome {
  if (!(error instanceof AvroError)) throw error;
  const { code, message, details } = error;
  if (code !== "invalid-value" && code !== "unpaired-surrogate") throw error;
  return {
    kind: "unencodable",
    code,
    path: typeof details.path === "string" ? details.path : "",
    message,
  };
}
