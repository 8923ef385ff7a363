import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadConfigFile, parseConfig } from "./load-config.ts";
import { parseRuleFlags } from "./rule-flag.ts";
import { readSecret } from "./secret.ts";
import { listSettings } from "./settings.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-config-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("settings", () => {
  test("have defaults for a machine with everything at home", () => {
    expect(parseConfig({ flags: {}, env: {} })).toEqual({
      brokers: ["localhost:9092"],
      registry: "http://localhost:8081",
      xUrl: "https://api.x.com",
      topic: "twitter",
      clientId: "birdwire",
      logLevel: "info",
      logFormat: "auto",
      httpHost: "127.0.0.1",
      waitForServers: "30s",
      kafkaTls: false,
    });
  });

  test("say the default that they have", () => {
    const defaults = parseConfig({ flags: {}, env: {} });
    for (const { name, shown } of listSettings()) expect(defaults[name]?.toString()).toBe(shown);
  });

  test("come from flags before the environment, before the file, before the defaults", () => {
    const file = {
      path: "f.yaml",
      content: { topic: "file", clientId: "file", brokers: ["file:1", "file:2"] },
    };
    const env = { BIRDWIRE_TOPIC: "env", BIRDWIRE_CLIENT_ID: "env" };
    expect(parseConfig({ flags: { topic: "flag" }, env, file })).toMatchObject({
      topic: "flag",
      clientId: "env",
      brokers: ["file:1", "file:2"],
      registry: "http://localhost:8081",
    });
  });

  test.each([
    ["http", ["0", "9464", "65535", 9464], ["-1", "65536", "http", "1.5", "", 1.5]],
    ["waitForServers", ["0s", "0", "90s", "1.5m"], ["30", "soon", 30]],
  ] as const)("%s takes %j and refuses %j", (name, taken, refused) => {
    const parse = (value: string | number) =>
      parseConfig({ flags: {}, env: {}, file: { path: "f.json", content: { [name]: value } } })[name];
    for (const value of taken) expect(parse(value)?.toString()).toBe(String(value));
    for (const value of refused) expect(() => parse(value)).toThrow(/^f\.json: .* is not a /);
  });

  test("take an empty variable for none", () => {
    expect(parseConfig({ flags: {}, env: { BIRDWIRE_TOPIC: "" } }).topic).toBe("twitter");
  });

  test("take several brokers with commas, and addresses with a slash too many", () => {
    const env = { BIRDWIRE_BROKERS: "a:1, b:2,[::1]:3", BIRDWIRE_REGISTRY_URL: "http://r:1/base/" };
    expect(parseConfig({ flags: {}, env })).toMatchObject({
      brokers: ["a:1", "b:2", "[::1]:3"],
      registry: "http://r:1/base",
    });
  });

  test.each([
    ["a flag", { flags: { brokers: "nowhere" }, env: {} }, /^--brokers: .*host:port/],
    ["a port", { flags: { brokers: "a:70000" }, env: {} }, /^--brokers: .*host:port/],
    [
      "a variable",
      { flags: {}, env: { BIRDWIRE_REGISTRY_URL: "ftp://r" } },
      /^BIRDWIRE_REGISTRY_URL: .*http/,
    ],
    ["a topic", { flags: { topic: "a b" }, env: {} }, /^--topic: "a b" is not a topic name/],
    [
      "the file",
      { flags: {}, env: {}, file: { path: "f.json", content: { topic: 7 } } },
      /^f\.json: topic: 7 /,
    ],
    [
      "a key",
      { flags: {}, env: {}, file: { path: "f.json", content: { topics: "a" } } },
      /f\.json: .*"topics".*topic/,
    ],
    [
      "a file of another kind",
      { flags: {}, env: {}, file: { path: "f.json", content: [1] } },
      /f\.json: .*one object/,
    ],
  ])("name the place of a value that is refused: %s", (_what, sources, message) => {
    expect(() => parseConfig(sources)).toThrow(message);
  });

  test("several registries are a list with commas, and each is checked", () => {
    const read = (registry: string) => parseConfig({ flags: { registry }, env: {} }).registry;
    expect(read(" http://a:1/ , https://b/base ")).toBe("http://a:1,https://b/base");
    expect(() => read("http://a:1,,http://b")).toThrow(/^--registry: .*is not an http/);
    expect(() => read("http://a:1,ftp://b")).toThrow(/^--registry: .*is not an http/);
    expect(() => read("http://a:1,http://u:hunter2@b")).toThrow(
      /^--registry: (?!.*hunter2).*holds credentials/,
    );
  });

  test("do not repeat a password that stands in an address", () => {
    const sources = { flags: { registry: "htp://user:hunter2@r" }, env: {} };
    expect(() => parseConfig(sources)).toThrow(/^--registry: (?!.*hunter2)/);
  });
});

describe("the configuration file", () => {
  test.each([
    ["birdwire.config.json", '{"topic":"t"}'],
    ["birdwire.config.yaml", "topic: t\n"],
  ])("is found as %s", async (name, text) => {
    const home = await mkdtemp(join(folder, "home-"));
    await writeFile(join(home, name), text);
    expect(await loadConfigFile(home)).toEqual({ path: join(home, name), content: { topic: "t" } });
  });

  test("need not be there, but for one that is named", async () => {
    const home = await mkdtemp(join(folder, "home-"));
    expect(await loadConfigFile(home)).toBeUndefined();
    await expect(loadConfigFile(home, join(home, "x.json"))).rejects.toMatchObject({
      code: "unreadable-config",
    });
  });

  test("that is broken is named", async () => {
    const home = await mkdtemp(join(folder, "home-"));
    await writeFile(join(home, "birdwire.config.json"), "{");
    await expect(loadConfigFile(home)).rejects.toThrow(/birdwire\.config\.json/);
  });
});

describe("a secret", () => {
  test("comes from its variable, or from the file that another one names", async () => {
    const path = join(folder, "token");
    await writeFile(path, "from-file\n");
    expect(await readSecret({ T: " direct " }, "T")).toBe("direct");
    expect(await readSecret({ T_FILE: path }, "T")).toBe("from-file");
    expect(await readSecret({ T: "", T_FILE: path }, "T")).toBe("from-file");
    expect(await readSecret({}, "T")).toBeNull();
  });

  test.each([
    ["missing", "no-such"],
    ["empty", "empty"],
  ])("whose file is %s is named by its variable", async (_what, name) => {
    await writeFile(join(folder, "empty"), "");
    await expect(readSecret({ T_FILE: join(folder, name) }, "T")).rejects.toThrow(/^T_FILE: /);
  });
});

describe("rules as flags", () => {
  test("split at the first equals sign", () => {
    expect(parseRuleFlags(["a=b", "c=d OR e=f"])).toEqual([
      { tag: "a", value: "b" },
      { tag: "c", value: "d OR e=f" },
    ]);
  });

  test.each([[["python"]], [["=x"]], [["a="]], [["a=x", "a=y"]], [["birdwire:a=x"]]])(
    "are refused: %j",
    (rules) => {
      expect(() => parseRuleFlags(rules)).toThrow(/--rule/);
    },
  );
});
