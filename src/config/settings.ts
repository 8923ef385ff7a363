/**
 * The one description of every setting: its flag, its environment variable, its key in the configuration file,
 * its default and what it accepts. Flags, help texts, environment and file are all read from here.
 */
import { z } from "zod";
import { parseDurationMs } from "../kernel/duration.ts";
import { budgetSetting } from "./budget.ts";
import { lintSetting } from "./lint.ts";

export interface SettingFacts {
  readonly flag: string;
  readonly env: string;
  readonly describe: string;
  /** How the default reads in a help text; absent where there is none. */
  readonly shown?: string;
  /** True for one that is switched on by its mere flag. */
  readonly isSwitch?: boolean;
  /** Heading in a help text. Default `Settings:`. */
  readonly group?: string;
}

const facts = z.registry<SettingFacts>();

function setting<Schema extends z.ZodType>(schema: Schema, about: SettingFacts): Schema {
  facts.add(schema, about);
  return schema;
}

const hostAndPort = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:[\],]+):(\d{1,5})$/;

const brokerList = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === "string" ? value.split(",") : value).map((part) => part.trim()))
  .pipe(
    z
      .array(
        z.string().refine((part) => {
          const match = hostAndPort.exec(part);
          return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65_535;
        }, "is not host:port, for example localhost:9092"),
      )
      .min(1, "names no broker"),
  );

const httpUrl = z
  .string()
  .trim()
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && (url.protocol === "http:" || url.protocol === "https:");
  }, "is not an http:// or https:// address")
  .transform((text) => text.replace(/\/+$/, ""));

/** One address or several. A password in an address ends up in logs and lists of processes. */
const registryUrls = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim().replace(/\/+$/, "")))
  .refine(
    (parts) => parts.every((part) => httpUrl.safeParse(part).success),
    "is not an http:// or https:// address",
  )
  .transform((parts) => parts.join(","))
  .refine(
    (text) =>
      text
        .split(",")
        .map((part) => new URL(part))
        .every(({ username, password }) => username + password === ""),
    "holds credentials; --registry-username and BIRDWIRE_REGISTRY_PASSWORD take them",
  );

const topic = z
  .string()
  .regex(
    /^(?!\.\.?$)[a-zA-Z0-9._-]{1,249}$/,
    "is not a topic name: 1 to 249 of letters, digits, '.', '_' and '-'",
  );

const onOff = z.union(
  [z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")],
  "is neither true nor false",
);

const noDuration = "is not a duration, for example 500ms, 30s or 2m";
const duration = z.string(noDuration).refine((text) => parseDurationMs(text) !== null, noDuration);

const portNumber = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,5}$/)
        .transform(Number),
    ],
    "is not a port, 0 to 65535",
  )
  .refine((port) => Number.isInteger(port) && port >= 0 && port <= 65_535, "is not a port, 0 to 65535");

const path = z.string().min(1, "is empty");
const name = z.string().min(1, "is empty");

export const saslMechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

const saslMechanism = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(saslMechanisms, `is not one of ${saslMechanisms.join(", ")}`));

/** Heading of the settings that make connections safe. */
const group = "Security:";

/** Heading of the settings of those who keep it running. */
const operationsGroup = "Operations:";

/** Heading of the settings of generated code. */
const codeGroup = "Generated code:";

export const configSchema = z.strictObject({
  brokers: setting(brokerList.default(["localhost:9092"]), {
    flag: "brokers",
    env: "BIRDWIRE_BROKERS",
    describe: "Kafka brokers, host:port, several with commas",
    shown: "localhost:9092",
  }),
  registry: setting(registryUrls.default("http://localhost:8081"), {
    flag: "registry",
    env: "BIRDWIRE_REGISTRY_URL",
    describe: "address of the Schema Registry; several with commas are tried in turn",
    shown: "http://localhost:8081",
  }),
  xUrl: setting(httpUrl.default("https://api.x.com"), {
    flag: "x-url",
    env: "BIRDWIRE_X_URL",
    describe: "address of the X API",
    shown: "https://api.x.com",
  }),
  topic: setting(topic.default("twitter"), {
    flag: "topic",
    env: "BIRDWIRE_TOPIC",
    describe: "topic of the tweets; dead letters go to the same name with .dlq",
    shown: "twitter",
  }),
  clientId: setting(z.string().min(1, "is empty").default("birdwire"), {
    flag: "client-id",
    env: "BIRDWIRE_CLIENT_ID",
    describe: "the name brokers and registry see",
    shown: "birdwire",
  }),
  state: setting(path.optional(), {
    flag: "state",
    env: "BIRDWIRE_STATE",
    describe:
      "folder of what must outlive a process; by default $XDG_STATE_HOME/birdwire or ~/.local/state/birdwire",
  }),
  budget: setting(budgetSetting.optional(), {
    flag: "budget",
    env: "BIRDWIRE_BUDGET",
    describe: "what X may cost on one UTC day, for example 5usd/day; then the run ends with 6",
  }),
  logLevel: setting(z.enum(["debug", "info", "warn", "error", "silent"]).default("info"), {
    flag: "log-level",
    env: "BIRDWIRE_LOG_LEVEL",
    describe: "what is said on stderr: debug, info, warn, error or silent",
    shown: "info",
  }),
  logFormat: setting(z.enum(["auto", "text", "json"]).default("auto"), {
    flag: "log-format",
    env: "BIRDWIRE_LOG_FORMAT",
    describe: "text for people, json for machines, or auto: text on a terminal, else json",
    shown: "auto",
  }),
  http: setting(portNumber.optional(), {
    flag: "http",
    env: "BIRDWIRE_HTTP",
    describe:
      "serve /metrics for Prometheus, /livez and /readyz on this port; 0 takes a free one and logs it",
    group: operationsGroup,
  }),
  httpHost: setting(z.string().min(1, "is empty").default("127.0.0.1"), {
    flag: "http-host",
    env: "BIRDWIRE_HTTP_HOST",
    describe: "address that --http listens on; 0.0.0.0 is every address of this machine",
    shown: "127.0.0.1",
    group: operationsGroup,
  }),
  waitForServers: setting(duration.default("30s"), {
    flag: "wait-for-servers",
    env: "BIRDWIRE_WAIT_FOR_SERVERS",
    describe: "how long to wait at the start for a registry or brokers that do not answer; 0s does not wait",
    shown: "30s",
    group: operationsGroup,
  }),
  lint: setting(lintSetting.optional(), {
    flag: "lint",
    env: "BIRDWIRE_LINT",
    describe: "severity of the rules of `schemas lint`, RULE=off|warning|error, several with commas",
  }),
  generated: setting(path.optional(), {
    flag: "generated",
    env: "BIRDWIRE_GENERATED",
    describe:
      "folder of the files that codegen wrote, which have to be what the schemas say, or off; without it src/generated beside the schemas, if they made it",
    group: codeGroup,
  }),
  codegenRuntime: setting(path.optional(), {
    flag: "runtime",
    env: "BIRDWIRE_CODEGEN_RUNTIME",
    describe: "module that those files import their one type from; without it what they say themselves",
    group: codeGroup,
  }),
  codegenImportExtension: setting(z.enum([".js", ".ts", "none"]).optional(), {
    flag: "import-extension",
    env: "BIRDWIRE_CODEGEN_IMPORT_EXTENSION",
    describe:
      "extension of imports between those files: .js, .ts or none; without it what they say themselves",
    group: codeGroup,
  }),
  kafkaTls: setting(onOff.default(false), {
    flag: "kafka-tls",
    env: "BIRDWIRE_KAFKA_TLS",
    describe: "connect to the brokers over TLS",
    shown: "false",
    isSwitch: true,
    group,
  }),
  kafkaCa: setting(path.optional(), {
    flag: "kafka-ca",
    env: "BIRDWIRE_KAFKA_CA",
    describe: "PEM file of the authorities that sign the brokers' certificates, if they are private",
    group,
  }),
  kafkaCert: setting(path.optional(), {
    flag: "kafka-cert",
    env: "BIRDWIRE_KAFKA_CERT",
    describe: "PEM file of our certificate, for brokers that ask for one (mTLS)",
    group,
  }),
  kafkaKey: setting(path.optional(), {
    flag: "kafka-key",
    env: "BIRDWIRE_KAFKA_KEY",
    describe: "PEM file of its key; a passphrase comes from BIRDWIRE_KAFKA_KEY_PASSPHRASE[_FILE]",
    group,
  }),
  kafkaSaslMechanism: setting(saslMechanism.optional(), {
    flag: "kafka-sasl-mechanism",
    env: "BIRDWIRE_KAFKA_SASL_MECHANISM",
    describe: `how to log in to the brokers: ${saslMechanisms.join(", ")}`,
    group,
  }),
  kafkaUsername: setting(name.optional(), {
    flag: "kafka-username",
    env: "BIRDWIRE_KAFKA_USERNAME",
    describe: "user of the brokers; the password comes from BIRDWIRE_KAFKA_PASSWORD[_FILE]",
    group,
  }),
  registryCa: setting(path.optional(), {
    flag: "registry-ca",
    env: "BIRDWIRE_REGISTRY_CA",
    describe: "PEM file of the authorities that sign the registry's certificate, if they are private",
    group,
  }),
  registryCert: setting(path.optional(), {
    flag: "registry-cert",
    env: "BIRDWIRE_REGISTRY_CERT",
    describe: "PEM file of our certificate, for a registry that asks for one (mTLS)",
    group,
  }),
  registryKey: setting(path.optional(), {
    flag: "registry-key",
    env: "BIRDWIRE_REGISTRY_KEY",
    describe: "PEM file of its key; a passphrase comes from BIRDWIRE_REGISTRY_KEY_PASSPHRASE[_FILE]",
    group,
  }),
  registryUsername: setting(name.optional(), {
    flag: "registry-username",
    env: "BIRDWIRE_REGISTRY_USERNAME",
    describe:
      "user of the registry; the password comes from BIRDWIRE_REGISTRY_PASSWORD[_FILE], a bearer token instead of both from BIRDWIRE_REGISTRY_TOKEN[_FILE]",
    group,
  }),
});

/** Where the brokers are and how to connect to them. */
export const kafkaSettings = [
  "brokers",
  "kafkaTls",
  "kafkaCa",
  "kafkaCert",
  "kafkaKey",
  "kafkaSaslMechanism",
  "kafkaUsername",
] as const satisfies readonly SettingName[];

/** Where the registry is and how to connect to it. */
export const registrySettings = [
  "registry",
  "registryCa",
  "registryCert",
  "registryKey",
  "registryUsername",
] as const satisfies readonly SettingName[];

/** How a long run is watched, and how patient it is. */
export const operationsSettings = [
  "http",
  "httpHost",
  "waitForServers",
] as const satisfies readonly SettingName[];

/** What codegen was run with. */
export const codegenSettings = [
  "generated",
  "codegenRuntime",
  "codegenImportExtension",
] as const satisfies readonly SettingName[];

export type Config = z.output<typeof configSchema>;
export type SettingName = keyof Config;

export interface Setting extends SettingFacts {
  readonly name: SettingName;
  readonly schema: z.ZodType;
}

/** Every setting, in the order of the help text. */
export function listSettings(): Setting[] {
  return Object.entries(configSchema.shape).map(([name, schema]) => {
    const about = facts.get(schema);
    if (about === undefined) throw new TypeError(`setting ${name} has no facts`);
    return { name: name as SettingName, schema, ...about };
  });
}
