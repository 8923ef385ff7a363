/**
 * `birdwire schemas lint`: style and traps in the schemas of a folder.
 */

import { fieldNameStyles, lintRules, parseLintSettings } from "../../config/lint.ts";
import { ConfigError } from "../../config/load-config.ts";
import { defineCommand } from "../command.ts";
import { reportOptions, runReport } from "../schema-reports.ts";

export const lintCommand = defineCommand({
  name: "lint",
  describe: "naming, docs, unions and defaults of the schemas",
  options: {
    ...reportOptions,
    rule: {
      type: "string",
      array: true,
      requiresArg: true,
      describe: `RULE=off|warning|error, on top of the setting \`lint\`; rules: ${lintRules.join(", ")}`,
    },
    "field-names": {
      choices: fieldNameStyles,
      requiresArg: true,
      describe: "how fields are named [snake_case]",
    },
  },
  examples: [
    ["lint --rule doc-missing=off", "everything but docs"],
    ["lint --format github", "as annotations in a workflow"],
  ],
  async run({ host, config }, args) {
    const { lintChangeset } = await import("../../changeset/lint.ts");
    const run = parseLintSettings(args.rule ?? []);
    if (run.kind === "refused") throw new ConfigError("invalid-config", `--rule ${run.reason}`);
    const settings = {
      rules: new Map([...(config.lint?.rules ?? []), ...run.settings.rules]),
      fieldNames: args["field-names"] ?? config.lint?.fieldNames ?? "snake_case",
    };
    return runReport(host, args, async (changeset) => lintChangeset(changeset, settings));
  },
});
