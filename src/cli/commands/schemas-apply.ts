/**
 * `birdwire schemas apply`: what `plan` shows, carried out; nothing of it when the registry would refuse a part.
 */
import { registrySettings } from "../../config/settings.ts";
import { neutralize } from "../../render/neutralize.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { tellReader } from "../host.ts";
import { readPackageVersion } from "../package-root.ts";
import { startProgress } from "../progress.ts";
import { openAdministration, planOptions } from "../schema-folder.ts";
import { tellEvent } from "../tell-event.ts";

export const applyCommand = defineCommand({
  name: "apply",
  describe: "register and configure what the folder says: levels first, then schemas",
  settings: [...registrySettings, "clientId"],
  options: planOptions,
  examples: [["apply --registry http://localhost:8081", "the folder schemas/ here"]],
  async run(context, args) {
    const { host, log } = context;
    const { makePlan } = await import("../make-plan.ts");
    const registry = await openAdministration(context);
    const { folder, plan } = await makePlan(context, registry, args);
    const { hasChanges, isRefused } = await import("../../changeset/plan-model.ts");
    const { printPlan } = await import("../../changeset/print-plan.ts");
    await tellReader(
      host.stdout,
      neutralize(printPlan(plan, folder.files, "text", { toolVersion: readPackageVersion() }), {
        keepLines: true,
      }),
    );
    if (isRefused(plan)) {
      log.error("nothing was changed, since the registry would refuse a part of it");
      return exitCodes.schema;
    }
    if (!hasChanges(plan)) return exitCodes.ok;
    const { applyPlan } = await import("../../changeset/apply.ts");
    let done = 0;
    const stop = startProgress(log, () => `${done} changes are made`);
    try {
      await applyPlan(plan, registry, {
        onEvent: (event) => {
          done += 1;
          log.info(tellEvent(event));
        },
      });
    } finally {
      stop();
    }
    log.info(done === 1 ? "1 change was made" : `${done} changes were made`);
    return exitCodes.ok;
  },
});
