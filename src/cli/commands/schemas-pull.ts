/**
 * `birdwire schemas pull`: a registry's subjects as a folder of schemas, with what they refer to.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { RegistryState } from "../../changeset/registry-state.ts";
import { registrySettings } from "../../config/settings.ts";
import { parseSubjectName, type SubjectName } from "../../kernel/brand.ts";
import { RegistryError } from "../../registry/error.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { openAdministration, openFolder, readState } from "../schema-folder.ts";
import { folderOption } from "../schema-reports.ts";

export const pullCommand = defineCommand({
  name: "pull",
  operands: "[subject]",
  describe: "write a registry's subjects into files: versions, levels, lock",
  settings: [...registrySettings, "clientId"],
  options: {
    subject: { type: "string", describe: "this one, with what it refers to, and not all of them" },
    prefix: { type: "string", requiresArg: true, describe: "subjects called so, and not all of them" },
    schemas: {
      ...folderOption.schemas,
      describe: "folder to write; what is there already has to be the same",
    },
  },
  examples: [
    ["pull --registry http://localhost:8081", "all subjects, into the folder schemas/ here"],
    ["pull --prefix orders. --schemas orders", "the subjects called orders.*"],
  ],
  async run(context, args) {
    const { host, log } = context;
    const folder = resolve(host.cwd, args.schemas);
    const isEmpty = (await readdir(folder).catch(() => [])).length === 0;
    const existing = isEmpty ? { files: [], changeset: null } : await openFolder(host, args.schemas);
    const registry = await openAdministration(context);
    const wanted =
      args.subject === undefined
        ? await registry.subjects(args.prefix ?? "")
        : [parseSubjectName(args.subject)];
    const { pullFolder } = await import("../../changeset/pull.ts");
    const state = await readAll(context, (subjects) => readState(context, registry, subjects), wanted);
    if (args.subject !== undefined && state.subjects.get(args.subject)?.versions.length === 0) {
      throw new RegistryError("registry-refused", `${registry.url} has no subject ${args.subject}`);
    }
    const { files, notes } = pullFolder(state, { ...existing, shown: args.schemas });
    for (const note of notes) log.warn(note);
    for (const { path, text } of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
      log.info(`wrote ${args.schemas}/${path}`);
    }
    if (files.length === 0) log.info(`${args.schemas} has it all already`);
    return exitCodes.ok;
  },
});

/** The subjects, and those that their schemas refer to, and so on. */
async function readAll(
  { log }: CommandContext,
  read: (subjects: readonly SubjectName[]) => Promise<RegistryState>,
  wanted: readonly SubjectName[],
): Promise<RegistryState> {
  let state = await read(wanted);
  for (;;) {
    const referred = [...state.subjects.values()]
      .flatMap(({ versions }) => versions.flatMap(({ references }) => references))
      .map(({ subject }) => subject)
      .filter((subject) => !state.subjects.has(subject));
    if (referred.length === 0) return state;
    log.info(`and what they refer to: ${[...new Set(referred)].join(", ")}`);
    const more = await read(referred);
    state = { ...state, subjects: new Map([...state.subjects, ...more.subjects]) };
  }
}
