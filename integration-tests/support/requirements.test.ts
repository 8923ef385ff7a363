import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { findTool, toolNames } from "./requirements.ts";

const clientPackages = JSON.parse(
  readFileSync(new URL("../clients/package.json", import.meta.url), "utf8"),
) as { readonly dependencies: Readonly<Record<string, string>> };

/** A folder with commands that end with a code. */
function createCommands(codes: Readonly<Record<string, number>>): Disposable & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "birdwire-tools-"));
  for (const [name, code] of Object.entries(codes)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nexit ${code}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

describe("findTool", () => {
  test("finds commands that run", () => {
    using commands = createCommands({ kcat: 0, python3: 0 });
    const env = { PATH: commands.folder };
    expect(findTool("kcat", env)).toEqual({ kind: "present", use: "kcat" });
    expect(findTool("python", env)).toEqual({ kind: "present", use: "python3" });
  });

  test("says what is missing, and how to get it", () => {
    using commands = createCommands({ python3: 1 });
    const env = { PATH: commands.folder };
    expect(findTool("kcat", env)).toEqual({
      kind: "missing",
      reason: expect.stringContaining("apt-get install kcat"),
    });
    expect(findTool("python", env)).toEqual({
      kind: "missing",
      reason: expect.stringContaining("requirements.txt"),
    });
  });

  test("takes Compose as a part of Docker or as a command of its own", () => {
    using both = createCommands({ docker: 0, "docker-compose": 0 });
    using old = createCommands({ docker: 1, "docker-compose": 0 });
    expect(findTool("compose", { PATH: both.folder })).toEqual({ kind: "present", use: "docker compose" });
    expect(findTool("compose", { PATH: old.folder })).toEqual({ kind: "present", use: "docker-compose" });
    expect(findTool("docker", { PATH: both.folder })).toEqual({ kind: "present", use: "docker" });
    expect(findTool("docker", { PATH: old.folder })).toEqual({
      kind: "missing",
      reason: expect.stringContaining("no Docker answers"),
    });
  });

  test("takes Kafka's tools from their jars, with a Java that runs", () => {
    using commands = createCommands({ java: 1 });
    expect(findTool("java", { PATH: commands.folder })).toEqual({
      kind: "missing",
      reason: expect.stringContaining("Java is not installed"),
    });
    using working = createCommands({ java: 0 });
    const found = findTool("java", { PATH: working.folder });
    if (found.kind === "present") expect(existsSync(join(found.use, "kafka-clients-4.1.1.jar"))).toBe(true);
    else expect(found.reason).toContain("kafka-jvm.ts --jars fetches them");
  });

  test("takes the interpreter it is told to", () => {
    using commands = createCommands({ snake: 0, python3: 1 });
    const env = { BIRDWIRE_PYTHON: join(commands.folder, "snake") };
    expect(findTool("python", env)).toEqual({ kind: "present", use: env.BIRDWIRE_PYTHON });
  });

  test("takes heavy clients from the folder that is named, each in the version that is wanted", () => {
    using place = createCommands({});
    const env = { BIRDWIRE_CLIENTS: place.folder };
    expect(findTool("clients", env)).toEqual({
      kind: "missing",
      reason: expect.stringContaining("npm ci --prefix integration-tests/clients"),
    });
    const wanted = Object.entries(clientPackages.dependencies);
    const install = (name: string, version: string) => {
      const folder = join(place.folder, "node_modules", name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), JSON.stringify({ version }));
    };
    for (const [name, version] of wanted) install(name, version);
    expect(findTool("clients", env)).toEqual({ kind: "present", use: place.folder });
    const [[name = "", version = ""] = []] = wanted;
    install(name, "0.0.1");
    expect(findTool("clients", env)).toEqual({
      kind: "missing",
      reason: expect.stringContaining(`${place.folder} has no ${name}@${version} (`),
    });
  });

  test("takes recorded posts from the file that is named, if it is there", () => {
    using commands = createCommands({ "posts.ndjson": 0 });
    const path = join(commands.folder, "posts.ndjson");
    expect(findTool("tweets", { BIRDWIRE_TEST_TWEETS: path })).toEqual({ kind: "present", use: path });
    const gone = `${path}.gz`;
    expect(findTool("tweets", { BIRDWIRE_TEST_TWEETS: gone })).toEqual({
      kind: "missing",
      reason: expect.stringContaining(gone),
    });
    expect(findTool("tweets", {})).toEqual({
      kind: "missing",
      reason: expect.stringContaining("BIRDWIRE_TEST_TWEETS"),
    });
  });

  test("takes the registry cases from the folder that is named, and python3 to run them with", () => {
    using commands = createCommands({ python3: 0, "run_cases.py": 0 });
    const env = { PATH: commands.folder, BIRDWIRE_REGISTRY_CASES: commands.folder };
    const runner = join(commands.folder, "run_cases.py");
    expect(findTool("registry-cases", env)).toEqual({ kind: "present", use: runner });
    expect(findTool("registry-cases", { PATH: commands.folder })).toEqual({
      kind: "missing",
      reason: expect.stringContaining("BIRDWIRE_REGISTRY_CASES"),
    });
    const gone = join(commands.folder, "gone");
    expect(findTool("registry-cases", { ...env, BIRDWIRE_REGISTRY_CASES: gone }).kind).toBe("missing");
  });

  test("throws where the registry cases are at hand and python3 is not", () => {
    using commands = createCommands({ python3: 1, "run_cases.py": 0 });
    const env = { PATH: commands.folder, BIRDWIRE_REGISTRY_CASES: commands.folder };
    expect(() => findTool("registry-cases", env)).toThrow(
      expect.objectContaining({ code: "tool-required", message: expect.stringContaining("python3") }),
    );
  });

  test.each(["tweets", "kcat, tweets", "all", " tweets ,"])(
    "throws where BIRDWIRE_REQUIRE is %j and it is missing",
    (required) => {
      expect(() => findTool("tweets", { BIRDWIRE_REQUIRE: required })).toThrow(
        expect.objectContaining({
          code: "tool-required",
          message: expect.stringContaining("tweets is required here"),
        }),
      );
    },
  );

  test("does not throw over what another tool requires, or over one that is there", () => {
    using commands = createCommands({ kcat: 0 });
    const env = { PATH: commands.folder };
    expect(findTool("tweets", { ...env, BIRDWIRE_REQUIRE: "kcat,python" }).kind).toBe("missing");
    expect(findTool("kcat", { ...env, BIRDWIRE_REQUIRE: "kcat" }).kind).toBe("present");
  });

  test.each(toolNames)("throws over a requirement it does not know, whatever it is asked for: %s", (name) => {
    expect(() => findTool(name, { BIRDWIRE_REQUIRE: "kafkacat" })).toThrow(
      expect.objectContaining({ code: "unknown-tool" }),
    );
  });
});
