/**
 * The handler of each route: the compiler refuses a route of coverage.ts without one.
 */
import type { RouteName } from "./coverage.ts";
import type { Handler } from "./request.ts";
import { checkSubject } from "./routes/check-subject.ts";
import { checkVersion } from "./routes/check-version.ts";
import { deleteConfig } from "./routes/delete-config.ts";
import { deleteMode } from "./routes/delete-mode.ts";
import { deleteSubject } from "./routes/delete-subject.ts";
import { deleteSubjectConfig } from "./routes/delete-subject-config.ts";
import { deleteSubjectMode } from "./routes/delete-subject-mode.ts";
import { deleteVersion } from "./routes/delete-version.ts";
import { getConfig } from "./routes/get-config.ts";
import { getLatestWithMetadata } from "./routes/get-latest-with-metadata.ts";
import { getMode } from "./routes/get-mode.ts";
import { getSchemaByGuid } from "./routes/get-schema-by-guid.ts";
import { getSchemaById } from "./routes/get-schema-by-id.ts";
import { getSchemaTextById } from "./routes/get-schema-text-by-id.ts";
import { getSubjectConfig } from "./routes/get-subject-config.ts";
import { getSubjectMode } from "./routes/get-subject-mode.ts";
import { getVersion } from "./routes/get-version.ts";
import { getVersionText } from "./routes/get-version-text.ts";
import { listContexts } from "./routes/list-contexts.ts";
import { listIdsOfGuid } from "./routes/list-ids-of-guid.ts";
import { listReferencing } from "./routes/list-referencing.ts";
import { listSchemaTypes } from "./routes/list-schema-types.ts";
import { listSchemas } from "./routes/list-schemas.ts";
import { listSubjects } from "./routes/list-subjects.ts";
import { listSubjectsOfId } from "./routes/list-subjects-of-id.ts";
import { listVersions } from "./routes/list-versions.ts";
import { listVersionsOfId } from "./routes/list-versions-of-id.ts";
import { lookUpSchema } from "./routes/look-up-schema.ts";
import { putConfig } from "./routes/put-config.ts";
import { putMode } from "./routes/put-mode.ts";
import { putSubjectConfig } from "./routes/put-subject-config.ts";
import { putSubjectMode } from "./routes/put-subject-mode.ts";
import { registerSchema } from "./routes/register-schema.ts";
import { root } from "./routes/root.ts";

export const handlers: Readonly<Record<RouteName, Handler>> = {
  root,
  listSchemas,
  listSchemaTypes,
  getSchemaById,
  getSchemaTextById,
  listSubjectsOfId,
  listVersionsOfId,
  getSchemaByGuid,
  listIdsOfGuid,
  listContexts,
  listSubjects,
  lookUpSchema,
  getLatestWithMetadata,
  deleteSubject,
  listVersions,
  registerSchema,
  getVersion,
  deleteVersion,
  getVersionText,
  listReferencing,
  checkSubject,
  checkVersion,
  getConfig,
  putConfig,
  deleteConfig,
  getSubjectConfig,
  putSubjectConfig,
  deleteSubjectConfig,
  getMode,
  putMode,
  deleteMode,
  getSubjectMode,
  putSubjectMode,
  deleteSubjectMode,
};
