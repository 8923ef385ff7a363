/**
 * The live part of `schemas check`: a plan, of which what is wrong is told.
 */
import { resolve } from "node:path";
import { askRegistry } from "../changeset/ask-registry.ts";
import type { Changeset } from "../changeset/model.ts";
import { createPlan } from "../changeset/plan.ts";
import { planEntries } from "../changeset/plan-report.ts";
import type { ReportEntry } from "../changeset/report.ts";
import { parseSubjectName } from "../kernel/brand.ts";
import type { CommandContext } from "./command.ts";
import { readSchemaFolder } from "./read-schema-folder.ts";
import { openAdministration, readState } from "./schema-folder.ts";

/** Errors and warnings of the plan. Throws RegistryError. */
export async function checkLive(
  changeset: Changeset,
  context: CommandContext,
  schemas: string,
): Promise<readonly ReportEntry[]> {
  const registry = await openAdministration(context);
  const subjects = changeset.subjects.map(({ subject }) => parseSubjectName(subject));
  const state = await readState(context, registry, subjects);
  const plan = await askRegistry(createPlan(changeset, state), registry);
  const files = await readSchemaFolder(resolve(context.host.cwd, schemas), schemas);
  return planEntries(plan, files).filter(({ severity }) => severity !== "info");
}
