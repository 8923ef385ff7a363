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
  return replaceFields(type, (field) => ({
    name: { value: mark + field.name },
    aliases: { value: aliasesOf(field) },
  }));
}

/**
 * A stand-in for a record from which avsc can make what makes its values: a default that nobody can change is given
 * rather than copied each time, and an empty list is made.
 */
export function withPlainDefaults<
  Type extends { readonly fields: readonly { readonly defaultValue: () => unknown }[] },
>(type: Type): Type {
  return replaceFields(type, ({ defaultValue }) => {
    const value = defaultValue();
    if (value === null || typeof value !== "object") return { defaultValue: { value: () => value } };
    if (Array.isArray(value) && value.length === 0) return { defaultValue: { value: () => [] } };
    return {};
  });
}

function replaceFields<Type extends { readonly fields: readonly object[] }>(
  type: Type,
  describe: (field: Type["fields"][number]) => PropertyDescriptorMap,
): Type {
  const fields = type.fields.map((field) => Object.create(field, describe(field)));
  return Object.create(type, { fields: { value: fields } });
}
