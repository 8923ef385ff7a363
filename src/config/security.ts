/**
 * What makes connections safe, put together from settings, files and secrets, and checked before anything is
 * connected: what is half there or contradicts itself is a mistake of whoever configured it.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describeCause } from "../kernel/error.ts";
import type { TlsMaterial } from "../kernel/tls.ts";
import { ConfigError, type Environment } from "./load-config.ts";
import { readSecret } from "./secret.ts";
import { type Config, type SaslMechanism, saslMechanisms } from "./settings.ts";

export interface SaslCredentials {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: string;
}

export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

export interface ConnectionSecurity {
  readonly kafka: {
    /** Null: no TLS. */
    readonly tls: TlsMaterial | null;
    /** Null: nobody logs in. */
    readonly sasl: SaslCredentials | null;
  };
  readonly registry: {
    /** Beside what Node does for https by itself. */
    readonly tls: TlsMaterial;
    readonly auth: BasicCredentials | { readonly token: string } | null;
  };
}

export const noSecurity: ConnectionSecurity = {
  kafka: { tls: null, sasl: null },
  registry: { tls: {}, auth: null },
};

export interface SecuritySources {
  readonly env: Environment;
  /** What the paths of files start from. */
  readonly cwd: string;
}

/** Throws ConfigError `invalid-config` or `missing-secret`. */
export async function readKafkaSecurity(
  config: Config,
  sources: SecuritySources,
): Promise<ConnectionSecurity["kafka"]> {
  const { kafkaTls, kafkaCa: ca, kafkaCert: cert, kafkaKey: key } = config;
  const tls = await readTlsMaterial("kafka", { ca, cert, key }, sources);
  if (!kafkaTls && Object.keys(tls).length > 0) {
    throw invalid("--kafka-ca, --kafka-cert and --kafka-key are for TLS, which is off: add --kafka-tls");
  }
  const { kafkaSaslMechanism: mechanism, kafkaUsername: username } = config;
  const password = await readSecret(sources.env, "BIRDWIRE_KAFKA_PASSWORD");
  const credentials = pairUp("kafka", { username, password });
  if (credentials === null && mechanism !== undefined) {
    throw invalid(`--kafka-sasl-mechanism ${mechanism} needs --kafka-username and BIRDWIRE_KAFKA_PASSWORD`);
  }
  if (credentials !== null && mechanism === undefined) {
    throw invalid(`--kafka-username needs --kafka-sasl-mechanism: ${saslMechanisms.join(", ")}`);
  }
  return {
    tls: kafkaTls ? tls : null,
    sasl: credentials === null || mechanism === undefined ? null : { mechanism, ...credentials },
  };
}

/** Throws ConfigError `invalid-config` or `missing-secret`. */
export async function readRegistrySecurity(
  config: Config,
  sources: SecuritySources,
): Promise<ConnectionSecurity["registry"]> {
  const {
    registry,
    registryCa: ca,
    registryCert: cert,
    registryKey: key,
    registryUsername: username,
  } = config;
  const tls = await readTlsMaterial("registry", { ca, cert, key }, sources);
  const plain = registry.split(",").find((url) => !url.startsWith("https:"));
  if (Object.keys(tls).length > 0 && plain !== undefined) {
    throw invalid(
      `--registry-ca, --registry-cert and --registry-key are for TLS, and ${plain} is no https:// address`,
    );
  }
  const password = await readSecret(sources.env, "BIRDWIRE_REGISTRY_PASSWORD");
  const token = await readSecret(sources.env, "BIRDWIRE_REGISTRY_TOKEN");
  if (token === null) return { tls, auth: pairUp("registry", { username, password }) };
  // What a header cannot hold would be a failure without a name.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw invalid("BIRDWIRE_REGISTRY_TOKEN holds a space, a line end or another character that no token has");
  }
  if (username !== undefined || password !== null) {
    throw invalid(
      "the registry takes a user and a password, or the token in BIRDWIRE_REGISTRY_TOKEN, not both",
    );
  }
  return { tls, auth: { token } };
}

/** Secrets that everybody on the way to another machine can read, as sentences to warn with. */
export function checkExposure(config: Config, { kafka, registry }: ConnectionSecurity): string[] {
  const findings: string[] = [];
  const isFarBroker = config.brokers.some((broker) => !isOwnMachine(broker.replace(/:\d+$/, "")));
  if (kafka.tls === null && kafka.sasl?.mechanism === "plain" && isFarBroker) {
    findings.push(
      `the password of ${kafka.sasl.username} goes to ${config.brokers.join(", ")} readable by everybody on the way: ` +
        "--kafka-tls, or scram-sha-512 instead of plain, would protect it",
    );
  }
  const exposed = config.registry.split(",").filter((url) => {
    const { protocol, hostname } = new URL(url);
    return protocol === "http:" && !isOwnMachine(hostname);
  });
  if (registry.auth !== null && exposed.length > 0) {
    findings.push(
      `the credentials of the registry go to ${exposed.join(", ")} readable by everybody on the way: ` +
        "an https:// address would protect them",
    );
  }
  return findings;
}

function isOwnMachine(host: string): boolean {
  return host === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(host) || host === "[::1]";
}

type Server = "kafka" | "registry";

function pairUp(
  server: Server,
  { username, password }: { readonly username: string | undefined; readonly password: string | null },
): BasicCredentials | null {
  const secret = `BIRDWIRE_${server.toUpperCase()}_PASSWORD`;
  if (username === undefined && password === null) return null;
  if (password === null)
    throw invalid(`--${server}-username needs a password in ${secret} or ${secret}_FILE`);
  if (username === undefined) throw invalid(`${secret} needs --${server}-username`);
  return { username, password };
}

interface TlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

async function readTlsMaterial(
  server: Server,
  files: TlsFiles,
  { env, cwd }: SecuritySources,
): Promise<TlsMaterial> {
  const secret = `BIRDWIRE_${server.toUpperCase()}_KEY_PASSPHRASE`;
  const passphrase = await readSecret(env, secret);
  const load = async (kind: keyof TlsFiles) => {
    const path = files[kind];
    if (path === undefined) return undefined;
    try {
      return await readFile(resolve(cwd, path), "utf8");
    } catch (cause) {
      const reason = describeCause(cause);
      const named = reason.includes(path) ? "" : ` ${path}`;
      throw invalid(`--${server}-${kind}${named}: ${reason}`, cause);
    }
  };
  const ca = await load("ca");
  if (ca !== undefined) parseCertificates(`--${server}-ca ${files.ca}`, ca);
  if (files.cert !== undefined && files.key === undefined) {
    throw invalid(`--${server}-cert needs --${server}-key`);
  }
  if (files.key !== undefined && files.cert === undefined) {
    throw invalid(`--${server}-key needs --${server}-cert`);
  }
  if (passphrase !== null && files.key === undefined) throw invalid(`${secret} needs --${server}-key`);
  const [cert, key] = [await load("cert"), await load("key")];
  if (cert === undefined || key === undefined) return ca === undefined ? {} : { ca };
  const [own] = parseCertificates(`--${server}-cert ${files.cert}`, cert);
  const privateKey = parseKey(`--${server}-key ${files.key}`, key, { passphrase, secret });
  if (own?.checkPrivateKey(privateKey) === false) {
    throw invalid(`--${server}-key ${files.key} is not the key of --${server}-cert ${files.cert}`);
  }
  return { ...(ca !== undefined && { ca }), cert, key, ...(passphrase !== null && { passphrase }) };
}

function parseCertificates(from: string, text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  if (blocks.length === 0) throw invalid(`${from} holds no certificate in PEM form (BEGIN CERTIFICATE)`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw invalid(`${from}: a certificate in it cannot be read: ${describeCause(cause)}`, cause);
  }
}

function parseKey(
  from: string,
  text: string,
  { passphrase, secret }: { readonly passphrase: string | null; readonly secret: string },
): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw invalid(`${from} holds no key in PEM form (BEGIN PRIVATE KEY)`);
  }
  const isEncrypted = /ENCRYPTED/.test(text);
  if (isEncrypted && passphrase === null) {
    throw invalid(`${from} is encrypted: ${secret} or ${secret}_FILE has to hold its passphrase`);
  }
  try {
    return createPrivateKey({ key: text, ...(passphrase !== null && { passphrase }) });
  } catch (cause) {
    const wayOut = isEncrypted ? `; look at the passphrase in ${secret}` : "";
    throw invalid(`${from} cannot be read: ${describeCause(cause)}${wayOut}`, cause);
  }
}

function invalid(message: string, cause?: unknown): ConfigError {
  return new ConfigError("invalid-config", message, { cause });
}
