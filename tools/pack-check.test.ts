import { describe, expect, test } from "@jest/globals";
import { checkPackedFiles } from "./pack/consumer.ts";
import { environmentFor } from "./pack/node-versions.ts";
import { type Finished, runCommand, runWell } from "./pack/run-step.ts";
import { checkDemo, checkHelp, checkRefusal } from "./pack-check.ts";

const finished = (parts: Partial<Finished>): Finished => ({ status: 0, stdout: "", stderr: "", ...parts });

describe("checkHelp", () => {
  const helps: Readonly<Record<string, string>> = {
    "--help": "birdwire\n\nCommands:\n  birdwire demo     a\n  birdwire schemas  b\n",
    "demo --help": "birdwire demo\n",
    "schemas --help": "birdwire schemas\n\nCommands:\n  birdwire schemas register  c\n",
    "schemas register --help": "birdwire schemas register\n",
  };
  const answer = (all: Readonly<Record<string, string>>) => (args: readonly string[]) =>
    finished({ stdout: all[args.join(" ")] ?? "" });

  test("asks every command, and those of groups", () => {
    expect(checkHelp(answer(helps))).toBe(3);
  });

  test.each(Object.keys(helps))("throws when %j says nothing", (line) => {
    expect(() => checkHelp(answer({ ...helps, [line]: "" }))).toThrow(`birdwire ${line}`);
  });

  test("throws when no command is listed, or one fails or grumbles", () => {
    expect(() => checkHelp(() => finished({ stdout: "usage" }))).toThrow("lists no commands");
    expect(() => checkHelp(() => finished({ status: 1, stdout: "usage" }))).toThrow("ended with 1");
    expect(() => checkHelp(() => finished({ stdout: "usage", stderr: "warning" }))).toThrow("warning");
  });
});

describe("checkDemo", () => {
  const table = (ids: readonly number[]) =>
    `+--+\n|id|\n+--+\n${ids.map((id) => `|${id}|\n`).join("")}+--+\n`;
  const ids = (count: number) => Array.from({ length: count }, (_, at) => at);

  test("asks for a number of tweets and takes as many distinct rows", () => {
    checkDemo((args) => {
      expect(args).toEqual(["demo", "--max-tweets", "200"]);
      return finished({ stdout: table(ids(120)) + table(ids(200).slice(120)) });
    });
  });

  test.each([
    ["one is missing", { stdout: table(ids(199)) }],
    ["one is there twice", { stdout: table([0, ...ids(199)]) }],
    ["there is one too many", { stdout: table(ids(201)) }],
    ["it ends badly", { stdout: table(ids(200)), status: 1 }],
    ["it had to be ended", { stdout: table(ids(200)), status: null }],
  ])("throws when %s", (_what, parts) => {
    expect(() => checkDemo(() => finished(parts))).toThrow("distinct ids");
  });
});

describe("checkRefusal", () => {
  const line = "birdwire needs Node.js 22.22 or later; this is 20.20.2\n";

  test("takes one line on stderr and exit code 2", () => {
    checkRefusal(finished({ status: 2, stderr: line }));
  });

  test.each([
    ["a stack trace", { status: 2, stderr: `${line}    at file:1\n` }],
    ["another exit code", { status: 1, stderr: line }],
    ["a line on stdout", { status: 2, stdout: line, stderr: line }],
    ["silence", { status: 2 }],
    ["another complaint", { status: 2, stderr: "SyntaxError: Unexpected identifier\n" }],
  ])("throws on %s", (_what, parts) => {
    expect(() => checkRefusal(finished(parts))).toThrow("on an old Node");
  });
});

test("the package holds what is built and nothing of the workshop", () => {
  const good = [
    "package.json",
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "dist/src/main.js",
    "dist/src/index.js",
    "dist/src/index.d.ts",
    "dist/codegen/generate.js",
    "schemas/subjects.json",
    "schemas/tweet/v1.avsc",
  ];
  expect(checkPackedFiles(good)).toEqual([]);
  expect(
    checkPackedFiles([...good.slice(1), "src/main.ts", "dist/src/x/testing/fake.js", "dist/bench/a.js"]),
  ).toEqual([
    "src/main.ts is packed",
    "dist/src/x/testing/fake.js is packed",
    "dist/bench/a.js is packed",
    "package.json is missing",
  ]);
});

describe("commands that are run", () => {
  const cwd = process.cwd();

  test("give back what they wrote and how they ended", () => {
    const script = "process.stdout.write('out'); process.stderr.write('err'); process.exitCode = 3";
    expect(runCommand(process.execPath, ["-e", script], { cwd })).toEqual({
      status: 3,
      stdout: "out",
      stderr: "err",
    });
    expect(() => runWell(process.execPath, ["-e", script], { cwd })).toThrow(
      /ended with 3\nstdout: out\nstderr: err/,
    );
  });

  test("are ended when they take too long", () => {
    const run = runCommand(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { cwd, timeoutMs: 200 });
    expect(run.status).toBeNull();
  });

  test("throw when there is no such command", () => {
    expect(() => runCommand("birdwire-no-such-command", [], { cwd })).toThrow("ENOENT");
  });

  test("get an environment without what npm, Node or the checkout would put in", () => {
    const before = { ...process.env };
    try {
      process.env.PATH = "/usr/bin:/checkout/node_modules/.bin";
      process.env.NODE_OPTIONS = "--inspect";
      process.env.npm_config_loglevel = "silly";
      process.env.BIRDWIRE_BROKERS = "elsewhere:9092";
      const env = environmentFor("/some/node");
      expect(env.PATH).toBe("/some/node:/usr/bin");
      expect(Object.keys(env).filter((name) => /^(npm_|NODE_|BIRDWIRE_)/.test(name))).toEqual([]);
    } finally {
      for (const name of ["PATH", "NODE_OPTIONS", "npm_config_loglevel", "BIRDWIRE_BROKERS"]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});
