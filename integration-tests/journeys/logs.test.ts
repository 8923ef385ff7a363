/**
 * What stands on stderr: lines for a person at a terminal, JSON for whoever collects it, and never a secret.
 */
import { describe, expect, test } from "@jest/globals";
import { runBirdwireHere } from "../support/birdwire-here.ts";

const nowhere = { BIRDWIRE_REGISTRY_URL: "http://127.0.0.1:1", BIRDWIRE_BROKERS: "127.0.0.1:1" };

function readLines(stderr: string): { level: number; msg: string; fields?: Record<string, unknown> }[] {
  return stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("by itself", () => {
  const env = { ...nowhere, BIRDWIRE_LOG_FORMAT: "auto" };

  test("what is not a terminal is given JSON: the summary and the failure, too", async () => {
    const { code, stderr } = await runBirdwireHere(["consume", "--until-end"], { env });
    const lines = readLines(stderr);
    expect(lines.at(-2)).toMatchObject({ level: 30, msg: "summary", fields: { consumed: 0, printed: 0 } });
    expect(lines.at(-1)).toMatchObject({
      level: 50,
      msg: expect.stringContaining("127.0.0.1:1"),
      fields: { code: "registry-unreachable", exitCode: 4, hint: expect.stringContaining("birdwire up") },
    });
    expect(code).toBe(4);
  });

  test("a failure is told whatever the level of the log", async () => {
    const { stderr } = await runBirdwireHere(["consume", "--until-end", "--log-level", "silent"], { env });
    expect(readLines(stderr).map(({ level }) => level)).toEqual([50]);
  });

  test("a command line that cannot be right is a person's", async () => {
    const { code, stderr } = await runBirdwireHere(["consume", "--log-level", "loud"], { env });
    expect(stderr).toMatch(/^birdwire: --log-level: "loud"/);
    expect(code).toBe(2);
  });
});

test.each(["text", "json"])("secrets of the environment are shown nowhere, as %s", async (format) => {
  const secret = "s3cr3t-of-the-registry";
  const env = {
    ...nowhere,
    // An address with a password in it is refused, and quoted.
    BIRDWIRE_REGISTRY_URL: "http://127.0.0.1:1",
    BIRDWIRE_REGISTRY_TOKEN: secret,
    BIRDWIRE_TOPIC: secret,
    X_BEARER_TOKEN: "another-secret-here",
  };
  const { stderr, stdout } = await runBirdwireHere(
    ["produce", "--rule", "a=another-secret-here", "--log-level", "debug", "--log-format", format],
    { env },
  );
  expect(stderr).toContain("127.0.0.1:1");
  expect(stderr + stdout).not.toMatch(/s3cr3t|another-secret/);
});
