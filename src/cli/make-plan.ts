/**
 * `schemas plan` and `schemas apply` up to the plan: the folder, the registry's state, and what may be deleted.
 */

import { heedModes } from "../changeset/ask-modes.ts";
import { askRegistry } from "../changeset/ask-registry.ts";
import { createPlan } from "../changeset/plan.ts";
import type { Plan } from "../changeset/plan-model.ts";
import { listSubjects } from "../changeset/registry-state.ts";
import { parseOwned } from "../changeset/subjects.ts";
import { parseSubjectName } from "../kernel/brand.ts";
import type { RegistryAdministration } from "../registry/administration.ts";
import type { CommandContext } from "./command.ts";
import { type OpenFolder, openFolder, type PlanArguments, readState } from "./schema-folder.ts";
import { UsageError } from "./usage-error.ts";

export interface MadePlan {
  readonly folder: OpenFolder;
  readonly plan: Plan;
}

/** Throws UsageError for --prune where nothing says what the folder owns. */
export async function makePlan(
  context: CommandContext,
  registry: RegistryAdministration,
  { schemas, normalize, prune, prefix }: PlanArguments,
): Promise<MadePlan> {
  const folder = await openFolder(context.host, schemas);
  const list = folder.files.find(({ path }) => path === "subjects.json");
  const owned = prefix ?? parseOwned(list?.text ?? "", `${schemas}/subjects.json`);
  if (owned.includes("")) throw new UsageError("usage", "--prefix is empty: it would own every subject");
  if (prune && owned.length === 0) {
    throw new UsageError(
      "usage",
      `--prune needs to know which subjects belong to the folder: say so with --prefix, or with "owns" in ${schemas}/subjects.json`,
    );
  }
  const subjects = folder.changeset.subjects.map(({ subject }) => parseSubjectName(subject));
  const others = await listSubjects(registry, owned);
  const state = await readState(context, registry, [...subjects, ...others]);
  const plan = createPlan(folder.changeset, state, { normalize, prune });
  return { folder, plan: await askRegistry(await heedModes(plan, registry), registry) };
}
