/**
 * Birdwire over TLS, with client certificates and with logins, on our emulator and on Apache Kafka in a container:
 * what is set up right carries posts there and back, and what is wrong is named, with its exit code, soon.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { createAuthority } from "../../src/kernel/testing/certificates.ts";
import { repositoryRoot } from "../support/birdwire.ts";
import { describeWith } from "../support/requirements.ts";
import { readJsonLines } from "../support/screen.ts";
import {
  type KafkaSecrets,
  type SecureKafka,
  type SecureListener,
  startSecureEmulators,
  startSecureKafkaContainer,
} from "../support/secure-kafka.ts";
import { readFailure, type WatchedRun, watchBirdwire } from "../support/watched-birdwire.ts";
import { declareAdapterCases } from "./adapter-cases.ts";
import { declareWireCases } from "./wire-cases.ts";

const startTimeoutMs = 180_000;
/** A refusal comes at once; a broker that only hangs up is asked again for 3 s, and machines are slow. */
const soonMs = 20_000;
const sample = "docs/samples/posts.ndjson";

const username = "alice";
const password = "pass/word+of=alice";
const wrongPassword = "not-the-password-of-alice";
const passphrase = "passphrase-of-the-client-key";
const authority = createAuthority("Birdwire test authority");
const stranger = createAuthority("an authority nobody trusts");
const secrets: KafkaSecrets = { authority, user: { username, password } };
const watched = watchBirdwire([password, wrongPassword, passphrase], [username]);

let folder = "";
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-security-"));
  const client = authority.issue({ name: "client", passphrase });
  const unknown = stranger.issue({ name: "client" });
  const files = {
    "ca.pem": authority.certificate,
    "other-ca.pem": stranger.certificate,
    "client.pem": client.cert,
    "client.key": client.key,
    "stranger.pem": unknown.cert,
    "stranger.key": unknown.key,
    password: `${password}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(file(name), text);
});
afterAll(() => rm(folder, { recursive: true }));

interface Setup {
  readonly listener: SecureListener;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const tls = () => ["--kafka-tls", "--kafka-ca", file("ca.pem")];
const login = (mechanism: string) => ["--kafka-sasl-mechanism", mechanism, "--kafka-username", username];
const right = { BIRDWIRE_KAFKA_PASSWORD: password };
const wrong = { BIRDWIRE_KAFKA_PASSWORD: wrongPassword };
const clientCertificate = () => ["--kafka-cert", file("client.pem"), "--kafka-key", file("client.key")];
const strangeCertificate = () => ["--kafka-cert", file("stranger.pem"), "--kafka-key", file("stranger.key")];

const successes: readonly (readonly [string, () => Setup])[] = [
  ["TLS with a private authority", () => ({ listener: "TLS", args: tls() })],
  [
    "mTLS with an encrypted key",
    () => ({
      listener: "MUTUAL",
      args: [...tls(), ...clientCertificate()],
      env: { BIRDWIRE_KAFKA_KEY_PASSPHRASE: passphrase },
    }),
  ],
  ["SASL PLAIN", () => ({ listener: "LOGIN", args: login("plain"), env: right })],
  ["SASL SCRAM-SHA-256", () => ({ listener: "LOGIN", args: login("scram-sha-256"), env: right })],
  ["SASL SCRAM-SHA-512", () => ({ listener: "LOGIN", args: login("SCRAM-SHA-512"), env: right })],
  [
    "SCRAM-SHA-512 over TLS, all of it from the environment",
    () => ({
      listener: "LOGINTLS",
      args: [],
      env: {
        BIRDWIRE_KAFKA_TLS: "true",
        BIRDWIRE_KAFKA_CA: file("ca.pem"),
        BIRDWIRE_KAFKA_SASL_MECHANISM: "scram-sha-512",
        BIRDWIRE_KAFKA_USERNAME: username,
        BIRDWIRE_KAFKA_PASSWORD_FILE: file("password"),
      },
    }),
  ],
];

interface Failure extends Setup {
  readonly exit: number;
  readonly says: readonly RegExp[];
}

const failures: readonly (readonly [string, () => Failure])[] = [
  [
    "an authority that is not trusted",
    () => ({
      listener: "TLS",
      args: ["--kafka-tls"],
      exit: 4,
      says: [/ADDRESS has a certificate that cannot be trusted/, /--kafka-ca/],
    }),
  ],
  [
    "another authority than the broker's",
    () => ({
      listener: "TLS",
      args: ["--kafka-tls", "--kafka-ca", file("other-ca.pem")],
      exit: 4,
      says: [/ADDRESS has a certificate that cannot be trusted/, /--kafka-ca/],
    }),
  ],
  [
    "an expired certificate",
    () => ({
      listener: "EXPIRED",
      args: tls(),
      exit: 4,
      says: [/ADDRESS has a certificate that is not valid now: .*expired/, /renew/],
    }),
  ],
  [
    "a certificate for another host",
    () => ({
      listener: "ELSEWHERE",
      args: tls(),
      exit: 4,
      says: [/ADDRESS has a certificate for another host: it is for DNS:elsewhere\.test/, /--brokers/],
    }),
  ],
  [
    "no TLS where TLS is spoken",
    () => ({ listener: "TLS", args: [], exit: 4, says: [/ADDRESS .*TLS/, /--kafka-tls/] }),
  ],
  [
    "TLS where none is spoken",
    () => ({ listener: "PLAIN", args: tls(), exit: 4, says: [/ADDRESS hangs up on TLS/, /--no-kafka-tls/] }),
  ],
  [
    "no client certificate where one is asked for",
    () => ({
      listener: "MUTUAL",
      args: tls(),
      exit: 5,
      says: [/ADDRESS asks for a client certificate/, /--kafka-cert and --kafka-key/],
    }),
  ],
  [
    "a client certificate of another authority",
    () => ({
      listener: "MUTUAL",
      args: [...tls(), ...strangeCertificate()],
      exit: 5,
      says: [/ADDRESS .*client certificate/, /--kafka-cert and --kafka-key/],
    }),
  ],
  ...["plain", "scram-sha-256", "scram-sha-512"].map((mechanism): readonly [string, () => Failure] => [
    `a wrong password for ${mechanism}`,
    () => ({
      listener: mechanism === "plain" ? "LOGIN" : "LOGINTLS",
      args: [...(mechanism === "plain" ? [] : tls()), ...login(mechanism)],
      env: wrong,
      exit: 5,
      says: [/ADDRESS does not let us in: .*Authentication failed/, /BIRDWIRE_KAFKA_PASSWORD/],
    }),
  ]),
  [
    "no login where one is asked for",
    () => ({ listener: "LOGIN", args: [], exit: 5, says: [/ADDRESS .*not logged in/, /--kafka-username/] }),
  ],
  [
    "a login where none is asked for",
    () => ({
      listener: "PLAIN",
      args: login("plain"),
      env: right,
      exit: 5,
      says: [/ADDRESS does not let us in/, /nobody logs in at that port/],
    }),
  ],
];

function declareCases(start: (secrets: KafkaSecrets) => Promise<SecureKafka>): void {
  let kafka: SecureKafka | undefined;
  let registry: Awaited<ReturnType<typeof startRegistryEmulator>> | undefined;
  beforeAll(async () => {
    registry = await startRegistryEmulator();
    kafka = await start(secrets);
  }, startTimeoutMs);
  afterAll(async () => {
    await kafka?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  }, startTimeoutMs);

  const address = (listener: SecureListener): string => {
    if (kafka === undefined) throw new Error("Kafka has not started");
    return kafka.listeners[listener];
  };
  const envOf = ({ listener, env }: Setup) => ({
    BIRDWIRE_BROKERS: address(listener),
    BIRDWIRE_REGISTRY_URL: registry?.url ?? "",
    ...env,
  });

  test.each(successes)("%s: posts go there and back", async (title, setup) => {
    const { args, ...where } = setup();
    const env = envOf({ args, ...where });
    const topic = ["--topic", title.replaceAll(/[^\w]+/g, "-")];
    const produced = await watched.run(["produce", "--replay", sample, ...topic, ...args], { env });
    expect({ code: produced.code, stderr: produced.code === 0 ? "" : produced.stderr }).toEqual({
      code: 0,
      stderr: "",
    });
    const consumed = await watched.run(
      ["consume", "--from-beginning", "--until-end", "--format", "json", ...topic, ...args],
      { env, logFormat: "json" },
    );
    expect(consumed.code).toBe(0);
    const posts = readJsonLines<{ data: { id: string } }>(
      await readFile(join(repositoryRoot, sample), "utf8"),
    );
    const ids = readJsonLines<{ id: string }>(consumed.stdout).map(({ id }) => id);
    expect(ids.sort()).toEqual(posts.map(({ data }) => data.id).sort());
  });

  const failed = new Map<string, Promise<readonly WatchedRun[]>>();
  beforeAll(() => {
    for (const [title, setup] of failures) {
      const { args, ...where } = setup();
      const env = envOf({ args, ...where });
      const runs = Promise.all([
        watched.run(["produce", "--replay", sample, ...args], { env }),
        watched.run(["consume", "--from-beginning", "--until-end", ...args], { env, logFormat: "json" }),
      ]);
      // Its test awaits it.
      runs.catch(() => {});
      failed.set(title, runs);
    }
  });

  test.each(failures)("%s is named by produce and by consume, and ends them soon", async (title, setup) => {
    const { exit, says, listener } = setup();
    const results = (await failed.get(title)) ?? [];
    expect(results).toHaveLength(2);
    for (const result of results) {
      const message = readFailure(result).replaceAll(address(listener), "ADDRESS");
      for (const pattern of says) expect(message).toMatch(pattern);
      expect(result.code).toBe(exit);
      expect(result.tookMs).toBeLessThan(soonMs);
      expect(result.stderr).not.toMatch(/^ +at /m);
      expect(result.stdout).toBe("");
    }
  });

  describe("the client", () => declareAdapterCases({ address, ...secrets, wrongPassword }));
  describe("on the wire", () => declareWireCases({ address, user: secrets.user }));
}

describe("connections to Kafka, on the emulator", () => declareCases(startSecureEmulators));

describeWith("docker", "connections to Kafka, on containers", () => declareCases(startSecureKafkaContainer));
