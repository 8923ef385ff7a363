/**
 * `birdwire schemas plan`: what `apply` would do, and what the registry will answer.
 */

import { reportFormats } from "../../changeset/report.ts";
import { registrySettings } from "../../config/settings.ts";
import { neutralize } from "../../render/neutralize.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { writeAll } from "../host.ts";
import { readPackageVersion } from "../package-root.ts";
import { openAdministration, planOptions } from "../schema-folder.ts";

export const planCommand = defineCommand({
  name: "plan",
  describe: "show what `apply` would register, configure and delete, and what differs",
  settings: [...registrySettings, "clientId"],
  options: {
    ...planOptions,
    format: { choices: reportFormats, default: "text", requiresArg: true, describe: "how it is printed" },
    "fail-on-drift": {
      type: "boolean",
      default: false,
      describe: "end with 3 when the registry holds something else than the folder says",
    },
  },
  examples: [
    ["plan --registry http://localhost:8081", "the folder schemas/ here"],
    ["plan --prune --prefix orders.", "and what would be deleted of the subjects called orders.*"],
    ["plan --format github", "annotations in a GitHub workflow"],
  ],
  async run(context, args) {
    const { makePlan } = await import("../make-plan.ts");
    const registry = await openAdministration(context);
    const { folder, plan } = await makePlan(context, registry, args);
    const { printPlan } = await import("../../changeset/print-plan.ts");
    const { hasDrift, isRefused } = await import("../../changeset/plan-model.ts");
    const facts = { toolVersion: readPackageVersion() };
    await writeAll(
      context.host.stdout,
      neutralize(printPlan(plan, folder.files, args.format, facts), { keepLines: true }),
    );
    return isRefused(plan) || (args["fail-on-drift"] && hasDrift(plan)) ? exitCodes.schema : exitCodes.ok;
  },
});
