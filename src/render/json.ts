/**
 * `json` and `avro-json`: one record a line, field names in the schema's order.
 */
import { formatPath, type ReaderIdentity, stepsOf } from "./explain.ts";
import { createJsonAppend } from "./json-bytes.ts";
import { createJsonPrinter, type JsonStyle } from "./json-printer.ts";
import { avroJson, plainJson } from "./json-styles.ts";
import { escapeUnicode } from "./neutralize.ts";
import type { LineRenderer, RenderedRecord } from "./record.ts";
import { formatTimestamp, readKey } from "./record-meta.ts";
import { parseShape } from "./schema-shape.ts";

export interface JsonOptions {
  readonly kind: "json" | "avro-json";
  /** JSON text of the schema that values were decoded with (`TypedSchema.json`). */
  readonly schema: string;
  /** Wraps each value as {topic, partition, offset, timestamp, key, writer: {id, version}, value}. Default false. */
  readonly meta?: boolean | undefined;
  /** Wraps as `meta` does, with {reader: {name, version, fingerprint}, resolution: [...]} before the value. */
  readonly explain?: ReaderIdentity | undefined;
  /** Escapes what JSON leaves raw but a terminal acts on: DEL, C1, bidirectional controls. Default false. */
  readonly terminal?: boolean | undefined;
}

const styles: Readonly<Record<JsonOptions["kind"], JsonStyle>> = { json: plainJson, "avro-json": avroJson };

const lineEnd = Buffer.from("\n");

// JSON itself escapes C0 and lone surrogates; all of these can stand only inside of its strings.
const eachRaw = /[\u007f-\u009f\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

function printKey(key: Buffer | null): string {
  if (key === null) return "null";
  const { kind, text } = readKey(key);
  return kind === "text" ? JSON.stringify(text) : JSON.stringify({ base64: text });
}

function printSteps(record: RenderedRecord): string {
  const steps = stepsOf(record).map((step) => ({ field: formatPath(step), ...step, path: undefined }));
  return JSON.stringify(steps);
}

function wrap(record: RenderedRecord, value: string, reader: ReaderIdentity | undefined): string {
  const { topic, partition, offset, timestampMs, key, writer } = record;
  const timestamp = JSON.stringify(formatTimestamp(timestampMs));
  const explained =
    reader === undefined
      ? ""
      : `"reader":${JSON.stringify({ name: reader.name, version: reader.version, fingerprint: reader.fingerprint })},"resolution":${printSteps(record)},`;
  return (
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset},"timestamp":${timestamp},` +
    `"key":${printKey(key)},"writer":{"id":${writer.id},"version":${writer.version}},${explained}"value":${value}}`
  );
}

/**
 * A renderer of JSON lines. In `meta`, a key that is not UTF-8 is {"base64": "..."}, a missing timestamp is null.
 * Throws RenderError `invalid-schema`.
 */
export function createJsonRenderer({
  kind,
  schema,
  meta = false,
  explain,
  terminal = false,
}: JsonOptions): LineRenderer {
  const print = createJsonPrinter(parseShape(schema), styles[kind]);
  const render = (record: RenderedRecord): string => {
    const value = record.value === null ? "null" : print(record.value);
    return meta || explain !== undefined ? `${wrap(record, value, explain)}\n` : `${value}\n`;
  };
  if (!terminal && kind === "json" && !meta && explain === undefined) {
    const append = createJsonAppend(parseShape(schema));
    return {
      kind: "lines",
      render,
      append(record, target) {
        if (record.value === null) target.text("null");
        else append(target, record.value);
        target.bytes(lineEnd);
      },
      json: {
        append,
        leaf: (schemaText) => createJsonPrinter(parseShape(schemaText), plainJson),
        suffix: "\n",
      },
    };
  }
  if (!terminal) return { kind: "lines", render };
  return { kind: "lines", render: (record) => render(record).replace(eachRaw, escapeUnicode) };
}
