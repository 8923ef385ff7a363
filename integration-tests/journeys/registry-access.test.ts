/**
 * A producer where only others may register, producers that register at once, and registries that answer anything.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { parseSubjectName } from "../../src/kernel/brand.ts";
import { createRegistryAdministration } from "../../src/registry/administration.ts";
import { type RunResult, repositoryRoot } from "../support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";
import { readSummary } from "../support/screen.ts";

const replay = ["produce", "--replay", `${repositoryRoot}docs/samples/posts.ndjson`];
const subject = parseSubjectName("twitter-value");
const writer = { username: "ci", password: "c" };
const reader = { username: "app", password: "a", isReadOnly: true };
const as = ({ username, password }: typeof writer, url: string) => ({
  BIRDWIRE_REGISTRY_URL: url,
  BIRDWIRE_REGISTRY_USERNAME: username,
  BIRDWIRE_REGISTRY_PASSWORD: password,
});

describe("a registry that answers 403 to every write of the producer", () => {
  test("--register never and --use-latest write once CI has registered, and nothing else does", async () => {
    await using up = await startEmulatorsHere();
    await using registry = await startRegistryEmulator({ access: { users: [writer, reader] } });
    const env = { ...up.env, ...as(reader, registry.url) };

    const [auto, never, latest] = await Promise.all([
      runBirdwireHere(replay, { env }),
      runBirdwireHere([...replay, "--register", "never"], { env }),
      runBirdwireHere([...replay, "--use-latest"], { env }),
    ]);
    expect(auto.stderr).toMatch(/40301/);
    expect(never.stderr).toMatch(/not registered under subject twitter-value/);
    expect(latest.stderr).toMatch(/nothing is registered under subject twitter-value/);
    expect([auto.code, never.code, latest.code]).toEqual([5, 3, 3]);

    const ci = await runBirdwireHere(["schemas", "register"], {
      env: { ...env, ...as(writer, registry.url) },
    });
    expect(ci.code).toBe(0);
    // Each would find the other's posts in the topic, and leave them out.
    const again = [...replay, "--dedupe", "0"];
    const allowed = await Promise.all([
      runBirdwireHere([...again, "--register", "never"], { env }),
      runBirdwireHere([...again, "--use-latest"], { env }),
    ]);
    for (const { code, stderr } of allowed) {
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(readSummary(stderr).produced).toBeGreaterThan(0);
    }
  });

  test("--use-latest ends with 3 and every finding where the latest version does not fit", async () => {
    await using up = await startEmulatorsHere();
    await using registry = await startRegistryEmulator();
    await createRegistryAdministration({ url: registry.url }).file(subject, {
      text: JSON.stringify({
        type: "record",
        name: "Tweet",
        namespace: "birdwire",
        fields: [
          { name: "id", type: "int" },
          { name: "weight", type: "double" },
        ],
      }),
      references: [],
    });
    const { code, stderr } = await runBirdwireHere([...replay, "--use-latest"], {
      env: { ...up.env, BIRDWIRE_REGISTRY_URL: registry.url },
    });
    expect(stderr).toMatch(
      /READER_FIELD_MISSING_DEFAULT_VALUE at \/fields\/1.*TYPE_MISMATCH at \/fields\/0\/type/,
    );
    expect(code).toBe(3);
  });
});

test("two producers that register at once end with each version once and the declared level", async () => {
  await using up = await startEmulatorsHere();
  const runs = await Promise.all([
    runBirdwireHere(replay, { env: up.env }),
    runBirdwireHere(replay, { env: up.env }),
  ]);
  expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  const registry = createRegistryAdministration({ url: up.addresses.registryUrl });
  expect(await registry.versions(subject)).toEqual([1, 2, 3]);
  expect(await registry.ownLevel(subject)).toBe("FULL_TRANSITIVE");
});

/** Answers every request so; null never does. */
async function startOddRegistry(answer: { status: number; text: string; location?: string } | null) {
  const server = createServer((_request, response) => {
    if (answer === null) return;
    const { status, text, location } = answer;
    response.writeHead(status, location === undefined ? {} : { Location: location }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const code = (status: number, error_code: number, message: string) => ({
  status,
  text: JSON.stringify({ error_code, message }),
});

const oddAnswers = [
  ["HTML", { status: 200, text: "<html>" }, 4, /something else than a Schema Registry's JSON/],
  ["401", code(401, 40101, "who?"), 5, /who\? \(40101\)[\s\S]*BIRDWIRE_REGISTRY_PASSWORD/],
  ["403", code(403, 40301, "not you"), 5, /not you \(40301\)/],
  ["422", code(422, 42202, "odd"), 3, /odd \(42202\)/],
  ["500", code(500, 50001, "broken"), 4, /broken \(50001\)/],
  ["a redirect", { status: 302, text: "", location: "/login" }, 4, /redirects to http.*\/login/],
  ["never", null, 4, /no answer within 5000 ms/],
] as const;

describe("a registry that answers", () => {
  let runs: readonly { readonly url: string; readonly result: RunResult }[] = [];
  // All at once: some are asked again for seconds.
  beforeAll(async () => {
    runs = await Promise.all(
      oddAnswers.map(async ([, answer]) => {
        await using odd = await startOddRegistry(answer);
        return {
          url: odd.url,
          result: await runBirdwireHere(["schemas", "register", "--registry", odd.url]),
        };
      }),
    );
  }, 60_000);

  test.each(oddAnswers.map((row, index) => [...row, index] as const))(
    "%s is named, with the way out",
    (_what, _answer, exit, message, index) => {
      const { url, result } = runs[index] ?? {};
      expect(result?.stderr).toMatch(message);
      expect(result?.stderr).toContain(url);
      expect(result?.stderr).not.toMatch(/^\s+at |unexpected; BIRDWIRE_DEBUG|Warning:/m);
      expect(result?.code).toBe(exit);
    },
  );
});
