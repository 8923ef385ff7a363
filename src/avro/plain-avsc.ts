/**
 * What avsc says by itself, as other programs call it: `avsc.Type.forSchema` without our stricter types, and
 * `createResolver` without options. Registries let schemas pass that it refuses.
 */
import avsc from "avsc";
import { toSchemaJson } from "./canonical.ts";
import type { AvroSchema, RecordField } from "./model.ts";

interface PlainType {
  createResolver(writer: PlainType, options?: { readonly ignoreNamespaces?: boolean }): unknown;
}

const forSchema = avsc.Type.forSchema as unknown as (schema: unknown) => PlainType;

/** Why avsc cannot load the schema; null when it can. */
export function findLoadFault(schema: AvroSchema): string | null {
  return faultOf(() => forSchema(toSchemaJson(schema)));
}

/** Why avsc cannot load a record that has this field alone; null when it can. */
export function findFieldFault(field: RecordField): string | null {
  return findLoadFault({
    kind: "record",
    fullName: { name: "AvscProbe_", namespace: null },
    isError: false,
    aliases: [],
    fields: [field],
    props: {},
  });
}

/**
 * Why avsc has no resolver for the pair although it has one when told to ignore namespaces: then it is the names'
 * namespaces that it stumbles over. Null when it resolves, or cannot for another reason.
 */
export function findNamespaceFault(reader: AvroSchema, writer: AvroSchema): string | null {
  let types: { readonly reader: PlainType; readonly writer: PlainType };
  try {
    types = { reader: forSchema(toSchemaJson(reader)), writer: forSchema(toSchemaJson(writer)) };
  } catch {
    return null;
  }
  const fault = faultOf(() => types.reader.createResolver(types.writer));
  if (fault === null) return null;
  const without = faultOf(() => types.reader.createResolver(types.writer, { ignoreNamespaces: true }));
  return without === null ? fault : null;
}

function faultOf(action: () => unknown): string | null {
  try {
    action();
    return null;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}
