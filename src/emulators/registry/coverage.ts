/**
 * What of the Schema Registry's REST API is emulated: the router serves these routes and no other, so this list
 * cannot drift from the code (Confluent "Schema Registry API Reference").
 */
export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Route {
  readonly method: Method;
  /** `{name}` stands for one segment; it may hold anything, percent-encoded. */
  readonly path: string;
  /** Query parameters that change the answer; all others are ignored. */
  readonly query: readonly string[];
}

const route = (method: Method, path: string, ...query: readonly string[]): Route => ({ method, path, query });

export const routes = {
  /** Each path but `/` is served below `/contexts/{context}`, too. */
  root: route("GET", "/"),
  listSchemas: route("GET", "/schemas", "subjectPrefix", "deleted", "latestOnly", "offset", "limit"),
  listSchemaTypes: route("GET", "/schemas/types"),
  getSchemaById: route("GET", "/schemas/ids/{id}", "subject", "fetchMaxId", "format"),
  getSchemaTextById: route("GET", "/schemas/ids/{id}/schema", "subject", "format"),
  listSubjectsOfId: route("GET", "/schemas/ids/{id}/subjects", "subject", "deleted", "offset", "limit"),
  listVersionsOfId: route("GET", "/schemas/ids/{id}/versions", "subject", "deleted", "offset", "limit"),
  getSchemaByGuid: route("GET", "/schemas/guids/{guid}", "format"),
  listIdsOfGuid: route("GET", "/schemas/guids/{guid}/ids"),

  listContexts: route("GET", "/contexts", "offset", "limit"),

  listSubjects: route("GET", "/subjects", "subjectPrefix", "deleted", "deletedOnly", "offset", "limit"),
  lookUpSchema: route("POST", "/subjects/{subject}", "deleted", "normalize"),
  getLatestWithMetadata: route("GET", "/subjects/{subject}/metadata", "key", "value", "deleted", "format"),
  deleteSubject: route("DELETE", "/subjects/{subject}", "permanent"),
  listVersions: route("GET", "/subjects/{subject}/versions", "deleted", "deletedOnly", "offset", "limit"),
  registerSchema: route("POST", "/subjects/{subject}/versions", "normalize"),
  getVersion: route("GET", "/subjects/{subject}/versions/{version}", "deleted", "format"),
  deleteVersion: route("DELETE", "/subjects/{subject}/versions/{version}", "permanent"),
  getVersionText: route("GET", "/subjects/{subject}/versions/{version}/schema", "deleted", "format"),
  listReferencing: route("GET", "/subjects/{subject}/versions/{version}/referencedby", "offset", "limit"),

  checkSubject: route("POST", "/compatibility/subjects/{subject}/versions", "verbose", "normalize"),
  checkVersion: route("POST", "/compatibility/subjects/{subject}/versions/{version}", "verbose", "normalize"),

  getConfig: route("GET", "/config"),
  putConfig: route("PUT", "/config"),
  deleteConfig: route("DELETE", "/config"),
  getSubjectConfig: route("GET", "/config/{subject}", "defaultToGlobal"),
  putSubjectConfig: route("PUT", "/config/{subject}"),
  deleteSubjectConfig: route("DELETE", "/config/{subject}"),

  getMode: route("GET", "/mode"),
  putMode: route("PUT", "/mode", "force"),
  deleteMode: route("DELETE", "/mode"),
  getSubjectMode: route("GET", "/mode/{subject}", "defaultToGlobal"),
  putSubjectMode: route("PUT", "/mode/{subject}", "force"),
  deleteSubjectMode: route("DELETE", "/mode/{subject}"),
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof routes;

/** First segments of the API that are known and not served: 404 that says so, rather than a bare one. */
export const notEmulated = ["associations", "catalog", "contexts", "dek-registry", "exporters"] as const;

/** Schema types that are stored and checked. */
export const schemaTypes = ["AVRO"] as const;
/** Schema types that the API knows and the emulator refuses. */
export const refusedSchemaTypes = ["JSON", "PROTOBUF"] as const;
