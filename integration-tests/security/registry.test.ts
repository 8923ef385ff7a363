/**
 * Birdwire on a registry behind TLS and credentials: our emulator, and a registry in a container behind a proxy that
 * asks for them. What is set up right registers and reads schemas; what is wrong is named, with its exit code.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type KafkaEmulator, startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { openConsumer, openProducer, TweetSchema } from "../../src/index.ts";
import { createAuthority } from "../../src/kernel/testing/certificates.ts";
import { repositoryRoot } from "../support/birdwire.ts";
import { describeWith } from "../support/requirements.ts";
import { readJsonLines } from "../support/screen.ts";
import {
  type RegistryDoor,
  type RegistrySecrets,
  type SecureRegistry,
  startSecureRegistryContainer,
  startSecureRegistryEmulators,
} from "../support/secure-registry.ts";
import { readFailure, watchBirdwire } from "../support/watched-birdwire.ts";

const startTimeoutMs = 180_000;
const soonMs = 20_000;
const sample = "docs/samples/posts.ndjson";

const username = "registrar";
const password = "pass/word+of=registrar";
const readOnlyPassword = "password-of-the-reader";
const token = "token-of-the-registry";
const wrongSecret = "not-a-secret-of-the-registry";
const authority = createAuthority("Birdwire test authority");
const stranger = createAuthority("an authority nobody trusts");
const secrets: RegistrySecrets = {
  authority,
  access: {
    users: [
      { username, password },
      { username: "reader", password: readOnlyPassword, isReadOnly: true },
    ],
    tokens: [token],
  },
};
const watched = watchBirdwire([password, readOnlyPassword, token, wrongSecret], [username, "reader"]);

let folder = "";
const file = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-security-"));
  const client = authority.issue({ name: "client" });
  const unknown = stranger.issue({ name: "client" });
  const files = {
    "ca.pem": authority.certificate,
    "client.pem": client.cert,
    "client.key": client.key,
    "stranger.pem": unknown.cert,
    "stranger.key": unknown.key,
    token: `${token}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(file(name), text);
});
afterAll(() => rm(folder, { recursive: true }));

interface Setup {
  readonly door: RegistryDoor;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const ca = () => ["--registry-ca", file("ca.pem")];
const user = ["--registry-username", username];
const right = { BIRDWIRE_REGISTRY_PASSWORD: password };

const successes: readonly (readonly [string, () => Setup])[] = [
  ["basic credentials over TLS", () => ({ door: "TLS", args: [...ca(), ...user], env: right })],
  [
    "a bearer token over TLS",
    () => ({ door: "TLS", args: ca(), env: { BIRDWIRE_REGISTRY_TOKEN_FILE: file("token") } }),
  ],
  [
    "a client certificate",
    () => ({
      door: "MUTUAL",
      args: [...ca(), "--registry-cert", file("client.pem"), "--registry-key", file("client.key")],
    }),
  ],
  ["basic credentials without TLS", () => ({ door: "PLAIN", args: user, env: right })],
];

interface Failure extends Setup {
  readonly exit: number;
  readonly says: readonly RegExp[];
  /** A reader may read. */
  readonly mayConsume?: boolean;
  /** What is there already is not written again. */
  readonly mayRegister?: boolean;
}

const failures: readonly (readonly [string, () => Failure])[] = [
  [
    "an authority that is not trusted",
    () => ({
      door: "TLS",
      args: user,
      env: right,
      exit: 4,
      says: [/registry URL has a certificate that cannot be trusted/, /--registry-ca/],
    }),
  ],
  [
    "an expired certificate",
    () => ({
      door: "EXPIRED",
      args: ca(),
      exit: 4,
      says: [/registry URL has a certificate that is not valid now: .*expired/, /renew/],
    }),
  ],
  [
    "a certificate for another host",
    () => ({
      door: "ELSEWHERE",
      args: ca(),
      exit: 4,
      says: [/registry URL has a certificate for another host: it is for DNS:elsewhere\.test/, /--registry /],
    }),
  ],
  [
    "no client certificate where one is asked for",
    () => ({
      door: "MUTUAL",
      args: ca(),
      exit: 5,
      says: [/registry URL asks for a client certificate/, /--registry-cert and --registry-key/],
    }),
  ],
  [
    "a wrong password",
    () => ({
      door: "TLS",
      args: [...ca(), ...user],
      env: { BIRDWIRE_REGISTRY_PASSWORD: wrongSecret },
      exit: 5,
      says: [/registry URL: .*401/, /BIRDWIRE_REGISTRY_PASSWORD/],
    }),
  ],
  [
    "a wrong token",
    () => ({
      door: "TLS",
      args: ca(),
      env: { BIRDWIRE_REGISTRY_TOKEN: wrongSecret },
      exit: 5,
      says: [/registry URL: .*401/, /BIRDWIRE_REGISTRY_TOKEN/],
    }),
  ],
  [
    "no credentials at all",
    () => ({ door: "PLAIN", args: [], exit: 5, says: [/registry URL: .*401/, /--registry-username/] }),
  ],
  [
    "a user without the right to write",
    () => ({
      door: "TLS",
      args: [...ca(), "--registry-username", "reader"],
      env: { BIRDWIRE_REGISTRY_PASSWORD: readOnlyPassword },
      exit: 5,
      says: [/registry URL: .*403/, /may have the right/],
      mayConsume: true,
      mayRegister: true,
    }),
  ],
];

function declareCases(start: (secrets: RegistrySecrets) => Promise<SecureRegistry>): void {
  let kafka: KafkaEmulator | undefined;
  let registry: SecureRegistry | undefined;
  beforeAll(async () => {
    kafka = await startKafkaEmulator();
    registry = await start(secrets);
  }, startTimeoutMs);
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    await kafka?.[Symbol.asyncDispose]();
  }, startTimeoutMs);

  const urlOf = (door: RegistryDoor): string => {
    if (registry === undefined) throw new Error("the registry has not started");
    return registry.urls[door];
  };
  const envOf = ({ door, env }: Setup, url = urlOf(door)) => ({
    BIRDWIRE_BROKERS: kafka?.bootstrap ?? "",
    BIRDWIRE_REGISTRY_URL: url,
    ...env,
  });

  test.each(successes)("%s: schemas are registered, posts go there and back", async (title, setup) => {
    const { args, ...where } = setup();
    const env = envOf({ args, ...where });
    const topic = ["--topic", title.replaceAll(" ", "-")];
    const registered = await watched.run(["schemas", "register", ...args], { env, logFormat: "json" });
    expect({ code: registered.code, stderr: registered.code === 0 ? "" : registered.stderr }).toEqual({
      code: 0,
      stderr: "",
    });
    const produced = await watched.run(["produce", "--replay", sample, ...topic, ...args], { env });
    expect(produced.code).toBe(0);
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

  async function expectFailure(setup: Failure, url: string): Promise<void> {
    const { args, exit, says, mayConsume = false, mayRegister = false } = setup;
    const env = envOf(setup, url);
    const results = await Promise.all([
      ...(mayRegister ? [] : [watched.run(["schemas", "register", ...args], { env })]),
      watched.run(["produce", "--replay", sample, "--topic", "refused", ...args], { env, logFormat: "json" }),
      ...(mayConsume ? [] : [watched.run(["consume", "--until-end", ...args], { env })]),
    ]);
    for (const result of results) {
      const message = readFailure(result).replaceAll(url, "URL");
      for (const pattern of says) expect(message).toMatch(pattern);
      expect(result.code).toBe(exit);
      expect(result.tookMs).toBeLessThan(soonMs);
      expect(result.stderr).not.toMatch(/^ +at /m);
      expect(result.stdout).toBe("");
    }
  }

  test.each(failures)("%s is named, and ends every command soon", async (_title, setup) => {
    const failure = setup();
    await expectFailure(failure, urlOf(failure.door));
  });

  test("http where https is spoken is named", async () => {
    const url = urlOf("TLS").replace("https:", "http:");
    await expectFailure({ door: "TLS", args: [], exit: 4, says: [/URL cannot be reached/, /https/] }, url);
  });

  test("https where http is spoken is named", async () => {
    const url = urlOf("PLAIN").replace("http:", "https:");
    await expectFailure({ door: "PLAIN", args: [], exit: 4, says: [/URL does not speak TLS/, /http:/] }, url);
  });

  test("a client certificate of another authority is named as what may be wrong", async () => {
    const args = [...ca(), "--registry-cert", file("stranger.pem"), "--registry-key", file("stranger.key")];
    const says = [/URL cannot be reached: .*client certificate/];
    await expectFailure({ door: "MUTUAL", args, exit: 4, says }, urlOf("MUTUAL"));
  });

  test("the library takes the same, as values", async () => {
    const config = {
      topic: "library",
      brokers: kafka?.bootstrap ?? "",
      registry: urlOf("TLS"),
      registrySecurity: { tls: { ca: authority.certificate }, auth: { token } },
    };
    const tweet = { created_at: "2026-01-31T12:00:00.000Z", id: "1", text: "hello" };
    {
      await using producer = await openProducer(config, TweetSchema);
      await producer.send(tweet);
    }
    await using consumer = await openConsumer(config, TweetSchema, { group: "g", fromBeginning: true });
    for await (const { value } of consumer) {
      expect(value).toMatchObject({ id: "1", text: "hello" });
      break;
    }
    const wrong = {
      ...config,
      registrySecurity: { ...config.registrySecurity, auth: { token: wrongSecret } },
    };
    await expect(openProducer(wrong, TweetSchema)).rejects.toMatchObject({ code: "registry-unauthorized" });
    await expect(openProducer({ ...wrong, registrySecurity: {} }, TweetSchema)).rejects.toMatchObject({
      code: "registry-untrusted",
    });
  });
}

describe("connections to a registry, on the emulator", () => declareCases(startSecureRegistryEmulators));

describeWith("docker", "connections to a registry, on containers", () =>
  declareCases(startSecureRegistryContainer),
);
