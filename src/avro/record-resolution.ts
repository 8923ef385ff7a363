/**
 * avsc's resolution of records made sound. It looks fields up in plain objects, where `constructor` and its like are
 * always there, and refuses a reader's field that finds the writer's by name and by alias; Avro takes the name's.
 */
interface Field {
  readonly name: string;
  readonly aliases: readonly string[];
}

interface Fields {
  readonly fields: readonly Field[];
}

/** No Avro name has one, and a JavaScript name may. */
const mark = "$";

/**
 * Stand-ins for both records that avsc can resolve: names apart from those of `Object.prototype`, and for each of the
 * reader's fields the one name that counts. Everything else is looked up in the originals.
 */
export function markFields<Reader extends Fields, Writer extends Fields>(
  reader: Reader,
  writer: Writer,
): { readonly reader: Reader; readonly writer: Writer } {
  const written = new Set(writer.fields.map((field) => field.name));
  return {
    reader: withFields(reader, (field) => {
      const found = [field.name, ...field.aliases].find((name) => written.has(name));
      return found === undefined || found === field.name ? [] : [mark + found];
    }),
    writer: withFields(writer, () => []),
  };
}

function withFields<Type extends Fields>(type: Type, aliasesOf: (field: Field) => readonly string[]): Type {
  const fields = type.fields.map((field) =>
    Object.create(field, {
      name: { value: mark + field.name },
      aliases: { value: aliasesOf(field) },
    }),
  );
  return Object.create(type, { fields: { value: fields } });
}
