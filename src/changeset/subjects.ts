/**
 * `schemas/subjects.json`: which record is filed under which subject, for which topic, at which level.
 */
import { z } from "zod";
import { ConfigError } from "../config/load-config.ts";
import { compatibilityLevels } from "../evolution/levels.ts";
import { describeCause } from "../kernel/error.ts";

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

/** Throws ConfigError `invalid-config` that names `path` and the place in it. */
export function parseSubjects(text: string, path: string): readonly SubjectEntry[] {
  return parseList(text, path).subjects;
}

/** Beginnings of the names that belong to the folder; none when it does not say. Throws as `parseSubjects`. */
export function parseOwned(text: string, path: string): readonly string[] {
  return parseList(text, path).owns ?? [];
}

function parseList(text: string, path: string): z.output<typeof subjectsSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError("invalid-config", `${path} is not JSON: ${describeCause(cause)}`, { cause });
  }
  const parsed = subjectsSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(
      "invalid-config",
      `${path}: /${issue?.path.join("/") ?? ""}: ${issue?.message ?? "refused"}`,
    );
  }
  return parsed.data;
}
