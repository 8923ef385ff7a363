/**
 * `schemas/subjects.json`: which record is filed under which subject, for which topic, at which level.
 */
import { z } from "zod";
import { compatibilityLevels } from "../evolution/levels.ts";
import { parseFolderFile, pointerOf, refuseAt } from "./folder-file.ts";

const subjectsSchema = z.strictObject({
  /** Beginnings of names: subjects called so are the folder's alone, and it may delete those that it lacks. */
  owns: z.array(z.string().min(1, "would own every subject")).optional(),
  subjects: z.array(
    z.strictObject({
      subject: z.string().min(1),
      topic: z.string().min(1),
      /** Folder of the record's versions. */
      record: z.string().regex(/^[\w.-]+$/, "is not the name of a folder"),
      compatibility: z.enum(compatibilityLevels),
    }),
  ),
});

export type SubjectEntry = z.output<typeof subjectsSchema>["subjects"][number];

/** Throws ConfigError `invalid-config` that names `path` and the line in it. */
export function parseSubjects(text: string, path: string): readonly SubjectEntry[] {
  return parseList(text, path).subjects;
}

/** Beginnings of the names that belong to the folder; none when it does not say. Throws as `parseSubjects`. */
export function parseOwned(text: string, path: string): readonly string[] {
  return parseList(text, path).owns ?? [];
}

/** The place of a subject's entry in the text, as a JSON pointer. */
export function pointerOfSubject(index: number, key?: keyof SubjectEntry): string {
  return pointerOf(["subjects", index, ...(key === undefined ? [] : [key])]);
}

function parseList(text: string, path: string): z.output<typeof subjectsSchema> {
  const parsed = subjectsSchema.safeParse(parseFolderFile({ text, path }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuseAt({ text, path }, issue?.path ?? [], issue?.message ?? "refused");
}
