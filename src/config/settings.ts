/**
 * The one description of every setting: its flag, its environment variable, its key in the configuration file,
 * its default and what it accepts. Flags, help texts, environment and file are all read from here.
 */
import { z } from "zod";

export interface SettingFacts {
  readonly flag: string;
  readonly env: string;
  readonly describe: string;
  /** How the default reads in a help text. */
  readonly shown: string;
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

const topic = z
  .string()
  .regex(
    /^(?!\.\.?$)[a-zA-Z0-9._-]{1,249}$/,
    "is not a topic name: 1 to 249 of letters, digits, '.', '_' and '-'",
  );

export const configSchema = z.strictObject({
  brokers: setting(brokerList.default(["localhost:9092"]), {
    flag: "brokers",
    env: "BIRDWIRE_BROKERS",
    describe: "Kafka brokers, host:port, several with commas",
    shown: "localhost:9092",
  }),
  registry: setting(httpUrl.default("http://localhost:8081"), {
    flag: "registry",
    env: "BIRDWIRE_REGISTRY_URL",
    describe: "address of the Schema Registry",
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
  logLevel: setting(z.enum(["debug", "info", "warn", "error", "silent"]).default("info"), {
    flag: "log-level",
    env: "BIRDWIRE_LOG_LEVEL",
    describe: "what is said on stderr: debug, info, warn, error or silent",
    shown: "info",
  }),
  logFormat: setting(z.enum(["text", "json"]).default("text"), {
    flag: "log-format",
    env: "BIRDWIRE_LOG_FORMAT",
    describe: "text for people or json for machines",
    shown: "text",
  }),
});

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
