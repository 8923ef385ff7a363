/**
 * `birdwire schemas history`: the versions of one subject in the registry, and what each changed.
 */
import { registrySettings } from "../../config/settings.ts";
import { parseSubjectName } from "../../kernel/brand.ts";
import { neutralize } from "../../render/neutralize.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { openAdministration, readState } from "../schema-folder.ts";

export const historyCommand = defineCommand({
  name: "history",
  operands: "<subject>",
  describe: "show a subject's versions in the registry, and what each changed",
  settings: [...registrySettings, "clientId"],
  options: {
    subject: { type: "string", describe: "name of the subject, as twitter-value" },
    format: { choices: ["text", "json"], default: "text", requiresArg: true, describe: "how it is printed" },
  },
  examples: [["history twitter-value", "oldest version first"]],
  async run(context, args) {
    const { traceHistory, printHistory } = await import("../../changeset/history.ts");
    const subject = parseSubjectName(args.subject);
    const registry = await openAdministration(context);
    const state = await readState(context, registry, [subject]);
    const found = state.subjects.get(subject);
    if (found === undefined || found.versions.length === 0) {
      context.log.error(`${registry.url} has no subject ${subject}`);
      return exitCodes.schema;
    }
    const history = traceHistory(found, state.levelOfAll);
    const text = args.format === "json" ? `${JSON.stringify(history, null, 2)}\n` : printHistory(history);
    await writeAll(context.host.stdout, neutralize(text, { keepLines: true }));
    return exitCodes.ok;
  },
});
