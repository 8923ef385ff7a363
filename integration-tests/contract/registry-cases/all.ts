/** All cases of the registry contract that plain HTTP can tell, by group. */
import type { RegistryCase } from "./case.ts";
import { contextCases, protocolCases } from "./contexts.ts";
import { listCases } from "./lists.ts";
import { schemaCases } from "./schemas.ts";
import { settingCases } from "./settings.ts";
import { subjectCases } from "./subjects.ts";
import { versionCases } from "./versions.ts";

export const registryCases: Readonly<Record<string, readonly RegistryCase[]>> = {
  "schemas and ids": schemaCases,
  "subjects and registering": subjectCases,
  "versions of a subject": versionCases,
  "compatibility, levels and modes": settingCases,
  "pages, metadata and formats": listCases,
  contexts: contextCases,
  "requests that are none": protocolCases,
};
