/**
 * `birdwire schemas versions`: what folder and registry have of each subject, next to each other.
 */
import { registrySettings } from "../../config/settings.ts";
import { parseSubjectName } from "../../kernel/brand.ts";
import { neutralize } from "../../render/neutralize.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { openAdministration, openFolder, readState } from "../schema-folder.ts";
import { folderOption } from "../schema-reports.ts";

export const versionsCommand = defineCommand({
  name: "versions",
  operands: "[subject]",
  describe: "list versions with fingerprints and ids, the folder's next to the registry's",
  settings: [...registrySettings, "clientId"],
  options: {
    subject: { type: "string", describe: "this one, also one that the folder lacks" },
    ...folderOption,
    format: { choices: ["text", "json"], default: "text", requiresArg: true, describe: "how it is printed" },
  },
  examples: [["versions", "of all subjects of the folder schemas/ here"]],
  async run(context, args) {
    const { changeset } = await openFolder(context.host, args.schemas);
    const { listVersions, printVersions } = await import("../../changeset/version-table.ts");
    const registry = await openAdministration(context);
    const names =
      args.subject === undefined ? changeset.subjects.map(({ subject }) => subject) : [args.subject];
    const state = await readState(context, registry, names.map(parseSubjectName));
    const rows = names.flatMap((name) =>
      listVersions(
        changeset.subjects.find(({ subject }) => subject === name),
        state.subjects.get(name),
      ),
    );
    if (rows.length === 0 && args.subject !== undefined) {
      context.log.error(`neither ${args.schemas} nor ${registry.url} has a subject ${args.subject}`);
      return exitCodes.schema;
    }
    const text = args.format === "json" ? `${JSON.stringify(rows, null, 2)}\n` : printVersions(rows);
    await writeAll(context.host.stdout, neutralize(text, { keepLines: true }));
    return exitCodes.ok;
  },
});
