/**
 * `birdwire schemas register`: every version of one subject or of all of a folder, level first, versions in their
 * order; what they refer to before them.
 */
import type { Changeset, ChangesetSubject } from "../../changeset/model.ts";
import { ConfigError } from "../../config/load-config.ts";
import { registrySettings } from "../../config/settings.ts";
import { parseSubjectName } from "../../kernel/brand.ts";
import { neutralize } from "../../render/neutralize.ts";
import { defineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { tell } from "../host.ts";
import { readPackageVersion } from "../package-root.ts";
import { normalizeOption, openAdministration, openFolder, readState } from "../schema-folder.ts";
import { folderOption } from "../schema-reports.ts";
import { UsageError } from "../usage-error.ts";

export const registerCommand = defineCommand({
  name: "register",
  operands: "[subject]",
  describe: "register the schemas of a folder",
  settings: [...registrySettings, "clientId"],
  options: {
    subject: { type: "string", describe: "this one, with what it refers to, and not all of them" },
    ...folderOption,
    normalize: normalizeOption,
  },
  examples: [
    ["register --registry http://localhost:8081", "the folder schemas/ here"],
    ["register orders-value", "one subject of it"],
  ],
  async run(context, args) {
    const { host, log } = context;
    const folder = await openFolder(host, args.schemas);
    const subjects = choose(folder.changeset, args.subject, args.schemas);
    for (const subject of subjects) refuseGaps(subject, args.schemas);
    const { createPlan } = await import("../../changeset/plan.ts");
    const { isRefused } = await import("../../changeset/plan-model.ts");
    const registry = await openAdministration(context);
    const names = subjects.map(({ subject }) => parseSubjectName(subject));
    const state = await readState(context, registry, names);
    const plan = createPlan({ ...folder.changeset, subjects }, state, { normalize: args.normalize });
    const missing = plan.subjects
      .flatMap(({ drift }) => drift)
      .filter(({ kind }) => kind === "missing-version");
    for (const { subject, path, message } of missing) {
      log.error(`${subject}: ${args.schemas}/${path}: ${message}`);
    }
    if (missing.length > 0) return exitCodes.schema;
    if (isRefused(plan)) {
      const { printPlan } = await import("../../changeset/print-plan.ts");
      const facts = { toolVersion: readPackageVersion() };
      const text = printPlan(plan, folder.files, "text", facts);
      if (context.logFormat === "json") log.error("the plan", { plan: text });
      else await tell(host.stderr, neutralize(text, { keepLines: true }));
      log.error("nothing was registered, since the registry would refuse a part of it");
      return exitCodes.schema;
    }
    for (const { subject, filed } of plan.subjects) {
      const versions = state.subjects.get(subject)?.versions ?? [];
      for (const { version, registryVersion } of filed) {
        const id = versions.find((candidate) => candidate.version === registryVersion)?.id;
        log.info(`${subject} version ${version} has id ${id}`);
      }
    }
    const { applyPlan } = await import("../../changeset/apply.ts");
    const { tellEvent } = await import("../tell-event.ts");
    await applyPlan(plan, registry, { onEvent: (event) => log.info(tellEvent(event)) });
    return exitCodes.ok;
  },
});

/** The subject and all that its schemas refer to, in the order of the folder. */
function choose(
  { subjects }: Changeset,
  wanted: string | undefined,
  folder: string,
): readonly ChangesetSubject[] {
  if (wanted === undefined) return subjects;
  const chosen = new Set<string>();
  const visit = (name: string): void => {
    if (chosen.has(name)) return;
    chosen.add(name);
    const versions = subjects.find(({ subject }) => subject === name)?.versions ?? [];
    for (const { references } of versions) for (const { subject } of references) visit(subject);
  };
  if (!subjects.some(({ subject }) => subject === wanted)) {
    throw new UsageError("usage", `${folder}/subjects.json has no subject ${JSON.stringify(wanted)}`);
  }
  visit(wanted);
  return subjects.filter(({ subject }) => chosen.has(subject));
}

function refuseGaps({ subject, record, versions }: ChangesetSubject, folder: string): void {
  const index = versions.findIndex(({ version }, position) => version !== position + 1);
  if (index === -1) return;
  throw new ConfigError(
    "invalid-config",
    `${folder}: there is ${versions[index]?.path} for ${subject} and no ${record}/v${index + 1}.avsc: versions have no gaps`,
  );
}
