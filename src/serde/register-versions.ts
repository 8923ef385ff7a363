/**
 * The versions of a record, registered in their order: a registry then numbers them as the files are numbered, whichever
 * is written first.
 */
import type { TypedSchema } from "../avro/typed-schema.ts";
import type { SubjectName } from "../kernel/brand.ts";
import type { RegistryClient } from "../registry/client.ts";

/**
 * Registers what comes before `schema` in `versions`, oldest first; nothing when `schema` is registered already, since
 * the subject's history is then whatever it was made. Throws RegistryError.
 */
export async function registerEarlierVersions(
  registry: Pick<RegistryClient, "register" | "lookUp">,
  subject: SubjectName,
  {
    versions,
    schema,
    level,
  }: {
    readonly versions: readonly TypedSchema<unknown>[];
    readonly schema: TypedSchema<unknown>;
    readonly level: string;
  },
): Promise<void> {
  const earlier = versions.slice(0, versions.indexOf(schema));
  if (earlier.length === 0 || (await registry.lookUp(subject, schema.json)) !== null) return;
  for (const { json } of earlier) await registry.register(subject, json, { level });
}
