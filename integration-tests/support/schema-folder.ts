/**
 * Folders of schemas as the commands of `birdwire schemas` read them, on disk.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface FolderSubject {
  readonly subject: string;
  /** Default FULL. */
  readonly level?: string;
  /** Default `r0`, `r1`, ... by their place. */
  readonly record?: string;
  /** Texts, from version 1. */
  readonly versions: readonly string[];
}

export interface SchemaFolder extends AsyncDisposable {
  readonly path: string;
  /** Adds or replaces files by what they are called in the folder. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
}

/** In the system's folder for such things until it is disposed of. */
export async function createSchemaFolder(
  subjects: readonly FolderSubject[],
  owns?: readonly string[],
): Promise<SchemaFolder> {
  const path = await mkdtemp(join(tmpdir(), "birdwire-schemas-"));
  const folder: SchemaFolder = {
    path,
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true });
        await writeFile(join(path, name), text);
      }
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
  const named = subjects.map((entry, index) => ({ record: `r${index}`, level: "FULL", ...entry }));
  await folder.write({
    "subjects.json": JSON.stringify({
      ...(owns !== undefined && { owns }),
      subjects: named.map(({ subject, record, level }) => ({
        subject,
        topic: subject.replace(/-value$/, ""),
        record,
        compatibility: level,
      })),
    }),
  });
  for (const { record, versions } of named) {
    for (const [index, text] of versions.entries())
      await folder.write({ [`${record}/v${index + 1}.avsc`]: text });
  }
  return folder;
}
