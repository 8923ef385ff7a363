/**
 * Which records are shown: an expression over fields, and the tags of rules.
 */
import type { RecordFilter } from "../filter/compile-filter.ts";
import type { ReadWith } from "./renderer-options.ts";

export const filterOptions = {
  filter: {
    type: "string",
    requiresArg: true,
    describe: "only records of which this holds, such as \"lang = 'en' and public_metrics.like_count > 5\"",
  },
  tag: {
    type: "string",
    array: true,
    nargs: 1,
    describe: "only tweets that matched the rule of that tag; may be repeated for any of several",
  },
} as const;

export interface FilterArgs {
  readonly filter?: string | undefined;
  readonly tag?: readonly unknown[] | undefined;
}

/** Of records of that topic, or of another schema; undefined when all are shown. Throws FilterError. */
export async function openFilter(
  args: FilterArgs,
  topic: string,
  reader?: ReadWith,
): Promise<RecordFilter | undefined> {
  const tags = (args.tag ?? []).map(String);
  if (args.filter === undefined && tags.length === 0) return undefined;
  const [{ compileFilter, compileTagFilter }, { schemaOfTopic }] = await Promise.all([
    import("../filter/compile-filter.ts"),
    import("./topic-schema.ts"),
  ]);
  const schema = (reader ?? schemaOfTopic(topic).schema).json;
  const filters: RecordFilter[] = [];
  if (tags.length > 0) filters.push(compileTagFilter(tags, schema));
  if (args.filter !== undefined) filters.push(compileFilter(args.filter, schema));
  return (record) => filters.every((filter) => filter(record));
}
