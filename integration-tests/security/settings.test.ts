/**
 * Settings of safe connections that cannot be right end a command before it connects, with exit code 2; and what was
 * meant to be hidden is not repeated, wherever it was put.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFailure, watchBirdwire } from "../support/watched-birdwire.ts";

const secret = "hunter2-of-alice";
const watched = watchBirdwire([secret], ["alice"]);

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "birdwire-settings-"));
  await writeFile(join(cwd, "secrets.json"), JSON.stringify({ kafkaPassword: secret }));
  await writeFile(join(cwd, "ca.pem"), "no certificate");
});
afterAll(() => rm(cwd, { recursive: true }));

const produce = ["produce", "--replay", "posts.ndjson"];
const login = ["--kafka-sasl-mechanism", "plain", "--kafka-username", "alice"];

describe("settings of safe connections", () => {
  test.each<[string, string[], Record<string, string>, RegExp]>([
    [
      "a password as a flag",
      [...produce, ...login, "--kafka-password", secret],
      {},
      /unknown option --kafka-password/,
    ],
    [
      "the same in one word",
      [...produce, ...login, `--kafka-password=${secret}`],
      {},
      /unknown option --kafka-password/,
    ],
    [
      "a token as a flag",
      ["schemas", "register", "--registry-token", secret],
      {},
      /unknown option --registry-token/,
    ],
    ["a password in the file", [...produce, "--config", "secrets.json"], {}, /no setting "kafkaPassword"/],
    [
      "a password in the address",
      ["schemas", "register", "--registry", `https://alice:${secret}@localhost:1`],
      {},
      /--registry: .*holds credentials; --registry-username/,
    ],
    ["a password without a user", produce, { BIRDWIRE_KAFKA_PASSWORD: secret }, /needs --kafka-username/],
    ["a user without a password", ["consume", ...login], {}, /needs a password in BIRDWIRE_KAFKA_PASSWORD/],
    [
      "an authority that is no PEM",
      ["consume", "--kafka-tls", "--kafka-ca", "ca.pem"],
      {},
      /ca\.pem holds no certificate/,
    ],
    [
      "a secret whose file is not there",
      ["consume", ...login],
      { BIRDWIRE_KAFKA_PASSWORD_FILE: "no-such-file" },
      /BIRDWIRE_KAFKA_PASSWORD_FILE: ENOENT/,
    ],
  ])("are refused, and keep what is hidden: %s", async (_what, args, env, says) => {
    const result = await watched.run(args, { cwd, env });
    expect(readFailure(result)).toMatch(says);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("of a server that a command does not ask are none of its business", async () => {
    const result = await watched.run(["codegen", "--help"], {
      cwd,
      env: { BIRDWIRE_KAFKA_PASSWORD: secret },
    });
    expect(result.code).toBe(0);
    const registering = await watched.run(["schemas", "register", "--schemas", "none"], {
      cwd,
      env: { BIRDWIRE_KAFKA_PASSWORD: secret },
    });
    expect(readFailure(registering)).not.toMatch(/kafka/);
  });
});
