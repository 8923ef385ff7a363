/**
 * What goes wrong at the command line, and what a person then reads: the thing at fault, the way out, the exit code.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";
import { readJsonLines, readSummary } from "../support/screen.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-bad-input-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** No stack trace and no unexpected error reached the person. */
function expectSentence(stderr: string): void {
  expect(stderr).not.toMatch(/^\s+at |unexpected; BIRDWIRE_DEBUG|Warning:/m);
}

describe("a command line that cannot be right ends with 2", () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    [
      "an unknown flag, with what was meant",
      ["consume", "--formt", "json"],
      /unknown option --formt; did you mean --format\?/,
    ],
    [
      "an unknown command, with what was meant",
      ["prodcue"],
      /unknown command "prodcue"; did you mean produce\?/,
    ],
    ["no command", [], /which command/],
    ["a format that does not exist", ["consume", "--format", "xml"], /table.*pretty.*json.*avro-json/s],
    ["a number that is none", ["consume", "--rows", "many"], /--rows takes a whole number/],
    [
      "a duration that is none",
      ["produce", "--replay", "x", "--until-idle", "3"],
      /--until-idle "3" is not a duration/,
    ],
    ["brokers that are none", ["consume", "--brokers", "localhost"], /--brokers.*host:port/],
    ["a rule without a tag", ["produce", "--rule", "python"], /TAG=VALUE/],
    ["two ways to say one thing", ["produce", "--rule", "a=b", "--replay", "x"], /--rule.*--replay/],
    [
      "rules in two ways",
      ["produce", "--rule", "a=b", "--rules", "r.yaml"],
      /--rule or .*--rules, not from both/,
    ],
    ["a rules file beside a replay", ["produce", "--rules", "r.yaml", "--replay", "x"], /--rules.*--replay/],
    ["a rules file that is not there", ["produce", "--rules", "no-such.yaml"], /no-such\.yaml.*no such file/],
    [
      "--use-latest and what to register",
      ["produce", "--replay", "x", "--use-latest", "--register", "auto"],
      /--use-latest registers nothing.*--register auto has no say: leave one/s,
    ],
    ["a replay file that is not there", ["produce", "--replay", "no-such.ndjson"], /no-such\.ndjson/],
    [
      "a schema folder that is not there, with the help of that very command",
      ["schemas", "check", "--schemas", "nowhere"],
      /nowhere.*see: birdwire schemas check --help/s,
    ],
    ["a configuration file that is not there", ["consume", "--config", "no-such.yaml"], /no-such\.yaml/],
  ];
  test.each(cases)("%s", async (_what, args, message) => {
    const { code, stdout, stderr } = await runBirdwireHere(args, {
      cwd: folder,
      env: { X_BEARER_TOKEN: "t" },
    });
    expect(stderr).toMatch(message);
    expectSentence(stderr);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  test("no token, before anything is connected", async () => {
    const connections: unknown[] = [];
    const server = createServer((socket) => connections.push(socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const url = `http://127.0.0.1:${port}`;
    const { code, stderr } = await runBirdwireHere([
      "produce",
      "--rule",
      "a=b",
      "--x-url",
      url,
      "--registry",
      url,
      "--brokers",
      `127.0.0.1:${port}`,
    ]);
    server.close();
    expect(stderr).toMatch(/X_BEARER_TOKEN/);
    expect(code).toBe(2);
    expect(connections).toEqual([]);
  });

  test("a port in use", async () => {
    await using up = await startEmulatorsHere();
    const port = up.addresses.brokers.split(":")[1] ?? "";
    const { code, stderr } = await runBirdwireHere([
      "up",
      "--kafka-port",
      port,
      "--registry-port",
      "0",
      "--x-port",
      "0",
      "--x-control-port",
      "0",
    ]);
    expect(stderr).toMatch(new RegExp(`Kafka emulator.*${port}.*in use`));
    expectSentence(stderr);
    expect(code).toBe(2);
  });

  const schemas: readonly (readonly [string, string, RegExp])[] = [
    ["not JSON: file, line and column", '{"type": "record",\n "name": }', /bad\.avsc.*2.*10/],
    [
      "not Avro: file, path and reason",
      '{"type":"record","name":"A","fields":[{"name":"x","type":"strng"}]}',
      /bad\.avsc.*\/fields\/0\/type.*strng/,
    ],
  ];
  test("a schema file that is not UTF-8, named", async () => {
    const schemaFolder = await mkdtemp(join(folder, "schemas-"));
    await writeFile(join(schemaFolder, "bad.avsc"), Buffer.from([0x22, 0xff, 0x22]));
    const flags = ["codegen", "--schemas", schemaFolder, "--out", join(folder, "out")];
    const { code, stderr } = await runBirdwireHere(flags);
    expect(stderr).toMatch(/bad\.avsc:1: the file is not UTF-8/);
    expect(code).toBe(2);
  });

  test("codegen --check names what was generated for a schema that is gone, and leaves other files alone", async () => {
    const schemaFolder = await mkdtemp(join(folder, "schemas-"));
    const out = await mkdtemp(join(folder, "out-"));
    for (const name of ["a", "b"]) {
      const schema = `{"type":"record","name":"${name}","fields":[]}`;
      await writeFile(join(schemaFolder, `${name}.avsc`), schema);
    }
    await writeFile(join(out, "mine.ts"), "export {};\n");
    const flags = ["codegen", "--schemas", schemaFolder, "--out", out];
    expect((await runBirdwireHere(flags)).code).toBe(0);
    expect((await runBirdwireHere([...flags, "--check"])).code).toBe(0);
    await rm(join(schemaFolder, "b.avsc"));
    const { code, stderr } = await runBirdwireHere([...flags, "--check"]);
    expect(stderr).toMatch(/b\.ts was generated, and no schema stands for it any more/);
    expect(stderr).not.toMatch(/mine\.ts/);
    expect(code).toBe(1);
  });

  test.each(schemas)("a schema file that is %s", async (_what, text, message) => {
    const schemaFolder = await mkdtemp(join(folder, "schemas-"));
    await writeFile(join(schemaFolder, "bad.avsc"), text);
    const { code, stderr } = await runBirdwireHere([
      "codegen",
      "--schemas",
      schemaFolder,
      "--out",
      join(folder, "out"),
    ]);
    expect(stderr).toMatch(message);
    expectSentence(stderr);
    expect(code).toBe(2);
  });
});

describe("a server that is not there ends with 4, named, with how to start one", () => {
  test.each([
    ["the registry", "registryUrl", ["consume"], /registry/i],
    ["the broker", "brokers", ["consume"], /broker/i],
    ["X", "xUrl", ["produce", "--rule", "a=b"], /X/],
  ] as const)("%s", async (_what, gone, args, message) => {
    await using up = await startEmulatorsHere();
    const nowhere = gone === "brokers" ? "127.0.0.1:1" : "http://127.0.0.1:1";
    const variable = {
      brokers: "BIRDWIRE_BROKERS",
      registryUrl: "BIRDWIRE_REGISTRY_URL",
      xUrl: "BIRDWIRE_X_URL",
    }[gone];
    const { code, stderr } = await runBirdwireHere(args, { env: { ...up.env, [variable]: nowhere } });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/127\.0\.0\.1:1\b/);
    expect(stderr).toMatch(/birdwire up/);
    expectSentence(stderr);
    expect(code).toBe(4);
  });
});

describe("what is refused or missing", () => {
  test("a wrong token ends with 5 and is not printed", async () => {
    await using up = await startEmulatorsHere(["--x-token", "right-one"]);
    const env = { ...up.env, X_BEARER_TOKEN: "wrong-secret-one" };
    const { code, stdout, stderr } = await runBirdwireHere(["produce", "--rule", "a=b"], { env });
    expect(stderr).toMatch(/token/i);
    expect(stdout + stderr).not.toMatch(/wrong-secret-one/);
    expectSentence(stderr);
    expect(code).toBe(5);
  });

  test("a rule that X refuses ends with 2 and names it", async () => {
    await using up = await startEmulatorsHere();
    const { code, stderr } = await runBirdwireHere(["produce", "--rule", "bad=cats and (dogs"], {
      env: up.env,
    });
    expect(stderr).toMatch(/cats and \(dogs/);
    expect(stderr).toMatch(/position/);
    expectSentence(stderr);
    expect(code).toBe(2);
  });

  test("a schema that is not registered under --register never ends with 3 and the command that registers it", async () => {
    await using up = await startEmulatorsHere();
    const line = ["produce", "--register", "never", "--replay", await write("empty.ndjson", "")];
    const { code, stderr } = await runBirdwireHere(line, { env: up.env });
    expect(stderr).toMatch(/twitter-value/);
    expect(stderr).toMatch(/birdwire schemas register/);
    expectSentence(stderr);
    expect(code).toBe(3);
    expect((await runBirdwireHere(["schemas", "register"], { env: up.env })).code).toBe(0);
    expect((await runBirdwireHere(line, { env: up.env })).code).toBe(0);
  });
});

describe("posts and records that cannot go on are kept as dead letters", () => {
  test("a broken line, a post without created_at, a lone surrogate: the rest flows", async () => {
    await using up = await startEmulatorsHere();
    const post = (id: string, text: string, time = '"2026-01-31T12:00:00.000Z"') =>
      `{"data":{"id":"${id}","text":"${text}","created_at":${time}}}`;
    const replay = await write(
      "mixed.ndjson",
      [
        post("1", "fine"),
        '{"data":{"id":"2"',
        post("3", "no time", "null"),
        post("4", "half \\ud83d"),
        post("5", "fine too"),
      ].join("\n"),
    );
    const { code, stderr } = await runBirdwireHere(["produce", "--replay", replay], { env: up.env });
    expect(code).toBe(0);
    expect(readSummary(stderr)).toMatchObject({ received: 5, produced: 2, "dead-lettered": 3 });
    expect(stderr).toMatch(/line=2/);
    expect(stderr).toMatch(/unpaired-surrogate/);
    const { stdout } = await runBirdwireHere(
      ["consume", "--from-beginning", "--until-end", "--format", "json"],
      {
        env: up.env,
      },
    );
    expect(
      readJsonLines(stdout)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["1", "5"]);
    expect(stdout).not.toContain("\ufffd");
  });
});
