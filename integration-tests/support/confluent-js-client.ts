/**
 * What the contract uses of @confluentinc/schemaregistry, in our own words: the package lies in
 * integration-tests/clients and is not known to the compiler.
 */
import { loadClient } from "./heavy-clients.ts";

export interface SchemaInfo {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly {
    readonly name: string;
    readonly subject: string;
    readonly version: number;
  }[];
  readonly metadata?: { readonly properties: Readonly<Record<string, string>> };
}

export interface SchemaMetadata extends SchemaInfo {
  readonly id: number;
  readonly version: number;
  readonly guid?: string;
}

export interface ServerConfig {
  readonly compatibility?: string;
  readonly compatibilityLevel?: string;
  readonly normalize?: boolean;
}

export interface ConfluentJsClient {
  register(subject: string, schema: SchemaInfo, normalize?: boolean): Promise<number>;
  registerFullResponse(subject: string, schema: SchemaInfo): Promise<SchemaMetadata>;
  getBySubjectAndId(subject: string, id: number, format?: string): Promise<SchemaInfo>;
  getByGuid(guid: string): Promise<SchemaInfo>;
  getId(subject: string, schema: SchemaInfo, normalize?: boolean): Promise<number>;
  getLatestSchemaMetadata(subject: string): Promise<SchemaMetadata>;
  getSchemaMetadata(subject: string, version: number, deleted?: boolean): Promise<SchemaMetadata>;
  getLatestWithMetadata(
    subject: string,
    metadata: Readonly<Record<string, string>>,
    deleted?: boolean,
  ): Promise<SchemaMetadata>;
  getAllVersions(subject: string): Promise<number[]>;
  getVersion(subject: string, schema: SchemaInfo, normalize?: boolean, deleted?: boolean): Promise<number>;
  getAllSubjects(): Promise<string[]>;
  deleteSubject(subject: string, permanent?: boolean): Promise<number[]>;
  deleteSubjectVersion(subject: string, version: number, permanent?: boolean): Promise<number>;
  testSubjectCompatibility(subject: string, schema: SchemaInfo): Promise<boolean>;
  testCompatibility(subject: string, version: number, schema: SchemaInfo): Promise<boolean>;
  getCompatibility(subject: string): Promise<string>;
  updateCompatibility(subject: string, level: string): Promise<string>;
  getDefaultCompatibility(): Promise<string>;
  getConfig(subject: string): Promise<ServerConfig>;
  updateConfig(subject: string, config: ServerConfig): Promise<ServerConfig>;
}

export type Headers = Record<string, Buffer | string>;

interface SerializerConfig {
  readonly autoRegisterSchemas?: boolean;
  readonly useLatestVersion?: boolean;
  readonly useSchemaId?: number;
  readonly schemaIdSerializer?: unknown;
}

export interface ConfluentJs {
  readonly SchemaRegistryClient: new (config: {
    readonly baseURLs: readonly string[];
    readonly maxRetries: number;
    readonly createAxiosDefaults: { readonly timeout: number };
  }) => ConfluentJsClient;
  readonly AvroSerializer: new (
    client: ConfluentJsClient,
    kind: "VALUE",
    config: SerializerConfig,
  ) => { serialize(topic: string, message: unknown, headers?: Headers): Promise<Buffer> };
  readonly AvroDeserializer: new (
    client: ConfluentJsClient,
    kind: "VALUE",
    config: { readonly useLatestVersion?: boolean },
  ) => { deserialize(topic: string, payload: Buffer, headers?: Headers): Promise<unknown> };
  /** Puts the GUID into a header and leaves the payload without a frame. */
  readonly HeaderSchemaIdSerializer: unknown;
}

/** `folder` is what `describeWith("clients", ...)` gives. */
export const loadConfluentJs = (folder: string): Promise<ConfluentJs> =>
  loadClient<ConfluentJs>(folder, "@confluentinc/schemaregistry");
