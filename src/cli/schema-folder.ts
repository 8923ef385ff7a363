/**
 * What commands on a folder of schemas and a registry begin with.
 */
import { resolve } from "node:path";
import type { Changeset, SchemaFile } from "../changeset/model.ts";
import type { RegistryState } from "../changeset/registry-state.ts";
import type { SubjectName } from "../kernel/brand.ts";
import type { RegistryAdministration } from "../registry/administration.ts";
import type { Host } from "./host.ts";
import type { Connections } from "./open-clients.ts";
import { startProgress } from "./progress.ts";
import { readSchemaFolder } from "./read-schema-folder.ts";
import { folderOption, shownFolder } from "./schema-reports.ts";

export const normalizeOption = {
  type: "boolean",
  default: false,
  describe: "have the registry normalize the schemas (normalize=true)",
} as const;

export const planOptions = {
  ...folderOption,
  normalize: normalizeOption,
  prune: {
    type: "boolean",
    default: false,
    describe:
      "delete, softly, the subjects that the folder lacks: those of --prefix, or of `owns` in subjects.json",
  },
  prefix: {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "subjects called so belong to the folder: it tells, or prunes, those that it lacks",
  },
} as const;

export interface PlanArguments {
  readonly schemas: string;
  readonly normalize: boolean;
  readonly prune: boolean;
  readonly prefix?: readonly string[] | undefined;
}

export interface OpenFolder {
  readonly files: readonly SchemaFile[];
  readonly changeset: Changeset;
}

/** Throws UsageError where there is no folder, ConfigError where a file is wrong. */
export async function openFolder(host: Host, shown: string): Promise<OpenFolder> {
  const files = await readSchemaFolder(resolve(host.cwd, shown), shown);
  const { openChangeset } = await import("../changeset/model.ts");
  return { files, changeset: openChangeset(files, shownFolder(shown)) };
}

export async function openAdministration({
  config,
  security,
  log,
}: Connections): Promise<RegistryAdministration> {
  const { createRegistryAdministration } = await import("../registry/administration.ts");
  const { registry: url, clientId } = config;
  return createRegistryAdministration({ url, clientId, ...security.registry, log });
}

/** The state of the subjects, with a line on the log now and then while it is read. */
export async function readState(
  { log }: Connections,
  registry: RegistryAdministration,
  subjects: Iterable<SubjectName>,
): Promise<RegistryState> {
  const { readRegistryState } = await import("../changeset/registry-state.ts");
  let said = "reading the registry";
  const stop = startProgress(log, () => said);
  try {
    return await readRegistryState(registry, subjects, {
      onProgress: (done, all) => {
        said = `read ${done} of ${all} subjects of ${registry.url}`;
      },
    });
  } finally {
    stop();
  }
}
