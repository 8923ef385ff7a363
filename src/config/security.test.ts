import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createAuthority } from "../kernel/testing/certificates.ts";
import { type Environment, parseConfig } from "./load-config.ts";
import { checkExposure, noSecurity, readKafkaSecurity, readRegistrySecurity } from "./security.ts";

const authority = createAuthority("authority");
const own = authority.issue({ name: "own" });
const locked = authority.issue({ name: "locked", passphrase: "the passphrase" });
const files: Readonly<Record<string, string>> = {
  "ca.pem": `# the authority\n${authority.certificate}`,
  "own.pem": own.cert,
  "own.key": own.key,
  "locked.pem": locked.cert,
  "locked.key": locked.key,
  "text.pem": "no certificate",
  "broken.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  "broken.key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
};

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "birdwire-config-security-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
});
afterAll(() => rm(cwd, { recursive: true }));

type Flags = Readonly<Record<string, unknown>>;
const kafka = (flags: Flags, env: Environment = {}) =>
  readKafkaSecurity(parseConfig({ flags, env }), { env, cwd });
const registry = (flags: Flags, env: Environment = {}) =>
  readRegistrySecurity(parseConfig({ flags: { registry: "https://r:1", ...flags }, env }), { env, cwd });

const ownPair = (server: string) => ({ [`${server}-cert`]: "own.pem", [`${server}-key`]: "own.key" });
const login = { "kafka-sasl-mechanism": "plain", "kafka-username": "alice" };

describe("the security of connections", () => {
  test("is none by default", async () => {
    expect({ kafka: await kafka({}), registry: await registry({ registry: "http://r:1" }) }).toEqual(
      noSecurity,
    );
  });

  test("is read from files and secrets", async () => {
    const env = { BIRDWIRE_KAFKA_PASSWORD: "pw", BIRDWIRE_KAFKA_KEY_PASSPHRASE: "the passphrase" };
    const pair = { "kafka-cert": "locked.pem", "kafka-key": join(cwd, "locked.key") };
    expect(
      await kafka(
        {
          "kafka-tls": true,
          "kafka-ca": "ca.pem",
          ...pair,
          ...login,
          "kafka-sasl-mechanism": "SCRAM-SHA-256",
        },
        env,
      ),
    ).toEqual({
      tls: { ca: files["ca.pem"], cert: locked.cert, key: locked.key, passphrase: "the passphrase" },
      sasl: { mechanism: "scram-sha-256", username: "alice", password: "pw" },
    });
    expect(await kafka({}, { BIRDWIRE_KAFKA_TLS: "true" })).toEqual({ tls: {}, sasl: null });
    expect(await registry({ ...ownPair("registry"), "registry-ca": "ca.pem" })).toEqual({
      tls: { ca: files["ca.pem"], cert: own.cert, key: own.key },
      auth: null,
    });
    expect(
      await registry({ "registry-username": "bob" }, { BIRDWIRE_REGISTRY_PASSWORD: "pw" }),
    ).toMatchObject({
      auth: { username: "bob", password: "pw" },
    });
    expect(await registry({}, { BIRDWIRE_REGISTRY_TOKEN: "t" })).toMatchObject({ auth: { token: "t" } });
  });

  test.each<[string, Flags, Environment, RegExp]>([
    ["files of TLS without TLS", { "kafka-ca": "ca.pem" }, {}, /TLS, which is off: add --kafka-tls/],
    ["a certificate without a key", { "kafka-cert": "own.pem" }, {}, /^--kafka-cert needs --kafka-key/],
    ["a key without a certificate", { "kafka-key": "own.key" }, {}, /^--kafka-key needs --kafka-cert/],
    ["a file that is not there", { "kafka-ca": "no-such.pem" }, {}, /^--kafka-ca: ENOENT/],
    [
      "an authority that is no PEM",
      { "kafka-ca": "text.pem" },
      {},
      /^--kafka-ca text\.pem holds no certificate/,
    ],
    [
      "a key instead of an authority",
      { "kafka-ca": "own.key" },
      {},
      /^--kafka-ca own\.key holds no certificate/,
    ],
    ["a broken authority", { "kafka-ca": "broken.pem" }, {}, /^--kafka-ca broken\.pem: .*cannot be read/],
    [
      "a certificate as a key",
      { "kafka-cert": "own.pem", "kafka-key": "own.pem" },
      {},
      /^--kafka-key own\.pem holds no key/,
    ],
    [
      "a broken key",
      { "kafka-cert": "own.pem", "kafka-key": "broken.key" },
      {},
      /^--kafka-key broken\.key cannot be read/,
    ],
    [
      "the key of another certificate",
      { "kafka-cert": "own.pem", "kafka-key": "locked.key" },
      { BIRDWIRE_KAFKA_KEY_PASSPHRASE: "the passphrase" },
      /^--kafka-key locked\.key is not the key of --kafka-cert own\.pem/,
    ],
    [
      "an encrypted key without a passphrase",
      { "kafka-cert": "locked.pem", "kafka-key": "locked.key" },
      {},
      /is encrypted: BIRDWIRE_KAFKA_KEY_PASSPHRASE or BIRDWIRE_KAFKA_KEY_PASSPHRASE_FILE/,
    ],
    [
      "a wrong passphrase",
      { "kafka-cert": "locked.pem", "kafka-key": "locked.key" },
      { BIRDWIRE_KAFKA_KEY_PASSPHRASE: "another" },
      /cannot be read: .*look at the passphrase in BIRDWIRE_KAFKA_KEY_PASSPHRASE/,
    ],
    [
      "a passphrase without a key",
      {},
      { BIRDWIRE_KAFKA_KEY_PASSPHRASE: "p" },
      /_PASSPHRASE needs --kafka-key/,
    ],
    [
      "a user without a password",
      login,
      {},
      /^--kafka-username needs a password in BIRDWIRE_KAFKA_PASSWORD or BIRDWIRE_KAFKA_PASSWORD_FILE/,
    ],
    [
      "a password without a user",
      {},
      { BIRDWIRE_KAFKA_PASSWORD: "p" },
      /^BIRDWIRE_KAFKA_PASSWORD needs --kafka-username/,
    ],
    [
      "a user without a mechanism",
      { "kafka-username": "alice" },
      { BIRDWIRE_KAFKA_PASSWORD: "p" },
      /^--kafka-username needs --kafka-sasl-mechanism: plain, scram-sha-256, scram-sha-512/,
    ],
    ["a mechanism without a user", { "kafka-sasl-mechanism": "plain" }, {}, /plain needs --kafka-username/],
    [
      "a mechanism that is not known",
      { "kafka-sasl-mechanism": "gssapi" },
      {},
      /^--kafka-sasl-mechanism: "gssapi" is not one of plain, scram/,
    ],
    [
      "a switch that is neither on nor off",
      {},
      { BIRDWIRE_KAFKA_TLS: "yes" },
      /^BIRDWIRE_KAFKA_TLS: "yes" is neither/,
    ],
  ])("of Kafka is refused when it holds %s", async (_what, flags, env, message) => {
    await expect(async () => await kafka(flags, env)).rejects.toMatchObject({
      code: "invalid-config",
      message: expect.stringMatching(message),
    });
  });

  test.each<[string, Flags, Environment, RegExp]>([
    [
      "files of TLS for http",
      { registry: "http://r:1", "registry-ca": "ca.pem" },
      {},
      /are for TLS, and http:\/\/r:1 is no https/,
    ],
    [
      "a certificate without a key",
      { "registry-cert": "own.pem" },
      {},
      /^--registry-cert needs --registry-key/,
    ],
    [
      "a user without a password",
      { "registry-username": "bob" },
      {},
      /needs a password in BIRDWIRE_REGISTRY_PASSWORD/,
    ],
    ["a password without a user", {}, { BIRDWIRE_REGISTRY_PASSWORD: "p" }, /needs --registry-username/],
    [
      "a token beside a user",
      { "registry-username": "bob" },
      { BIRDWIRE_REGISTRY_PASSWORD: "p", BIRDWIRE_REGISTRY_TOKEN: "t" },
      /not both/,
    ],
    [
      "a token of two lines",
      {},
      { BIRDWIRE_REGISTRY_TOKEN: "hidden\nhidden" },
      /^BIRDWIRE_REGISTRY_TOKEN holds .* that no token has$/,
    ],
    [
      "a token in letters beyond ASCII",
      {},
      { BIRDWIRE_REGISTRY_TOKEN: "t\u00f6ken" },
      /^BIRDWIRE_REGISTRY_TOKEN holds .* that no token has$/,
    ],
    [
      "a folder for a file",
      { registry: "https://r:1", "registry-ca": "." },
      {},
      /^--registry-ca \.: .*directory/,
    ],
    [
      "credentials in the address",
      { registry: "https://bob:hunter2@r:1" },
      {},
      /^--registry: "https:\/\/\*\*\*@r:1" holds credentials; --registry-username(?!.*hunter2)/,
    ],
  ])("of the registry is refused when it holds %s", async (_what, flags, env, message) => {
    await expect(async () => await registry(flags, env)).rejects.toMatchObject({
      code: "invalid-config",
      message: expect.stringMatching(message),
    });
  });
});

describe("a secret that is readable on its way", () => {
  const sasl = { mechanism: "plain", username: "alice", password: "hidden" } as const;
  const scram = { ...sasl, mechanism: "scram-sha-256" } as const;
  const auth = { token: "hidden" };
  test.each([
    [
      "a password to another machine",
      { brokers: "b:1" },
      { tls: null, sasl },
      null,
      /^the password of alice goes to b:1/,
    ],
    [
      "a token to another machine",
      { registry: "http://r:1" },
      noSecurity.kafka,
      auth,
      /^the credentials .* http:\/\/r:1/,
    ],
    ["a password over TLS", { brokers: "b:1" }, { tls: {}, sasl }, null, null],
    ["a password that SCRAM hides", { brokers: "b:1" }, { tls: null, sasl: scram }, null, null],
    [
      "a password on this machine",
      { brokers: "127.0.0.1:1,localhost:2,[::1]:3" },
      { tls: null, sasl },
      null,
      null,
    ],
    ["a token over TLS", { registry: "https://r:1" }, noSecurity.kafka, auth, null],
    ["a token on this machine", { registry: "http://[::1]:1" }, noSecurity.kafka, auth, null],
    ["nothing at all", { brokers: "b:1", registry: "http://r:1" }, noSecurity.kafka, null, null],
  ] as const)("is warned of, and not told: %s", (_what, flags, kafkaSide, registryAuth, finding) => {
    const security = { kafka: kafkaSide, registry: { tls: {}, auth: registryAuth } };
    const findings = checkExposure(parseConfig({ flags, env: {} }), security);
    expect(findings).toEqual(finding === null ? [] : [expect.stringMatching(finding)]);
    expect(findings.join()).not.toContain("hidden");
  });
});
