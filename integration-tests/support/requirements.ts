/**
 * Tools that some suites need and a machine may lack. Such a suite is skipped with the reason; where the tool is
 * required, it fails instead, so that what cannot run is never taken for what passed.
 *
 * - `BIRDWIRE_REQUIRE=kcat,python` names what must be there (`all` is all of it).
 * - `BIRDWIRE_PYTHON` is the interpreter that has the packages; `python3` without it.
 * - `BIRDWIRE_CLIENTS` is a folder where the packages of integration-tests/clients are installed; that one without it.
 * - `BIRDWIRE_TEST_TWEETS` is a file of recorded posts, one v2 payload a line.
 * - `BIRDWIRE_REGISTRY_CASES` is a folder of recorded answers of registries, with `run_cases.py`, which needs `python3`.
 * - `kafka-jars` are Kafka's own, where integration-tests/support/kafka-jvm.ts keeps them.
 *
 * @example
 * describeWith("kcat", "kcat reads what we wrote", (kcat) => {
 *   test("with its keys", () => run(kcat, ["-L", "-b", brokers]));
 * });
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe } from "@jest/globals";
import { BirdwireError } from "../../src/kernel/error.ts";
import { jarFolder } from "./kafka-jvm.ts";

export type RequirementErrorCode = "tool-required" | "unknown-tool";
export class RequirementError extends BirdwireError<RequirementErrorCode> {}

export type Availability =
  /** `use` is what a suite works with: the command to run, or the path of the file. */
  { readonly kind: "present"; readonly use: string } | { readonly kind: "missing"; readonly reason: string };

export type Environment = Readonly<Record<string, string | undefined>>;

const clientsFolder = fileURLToPath(new URL("../clients", import.meta.url));

const finders = {
  clients(env: Environment): Availability {
    const folder = env.BIRDWIRE_CLIENTS ?? clientsFolder;
    const lacking = findLackingClients(folder);
    if (lacking.length === 0) return { kind: "present", use: folder };
    const cure = "npm ci --prefix integration-tests/clients; BIRDWIRE_CLIENTS names another";
    return { kind: "missing", reason: `${folder} has no ${lacking.join(", ")} (${cure})` };
  },
  docker(env: Environment): Availability {
    return canRun("docker", ["ps", "--quiet"], env)
      ? { kind: "present", use: "docker" }
      : { kind: "missing", reason: "no Docker answers (Debian: apt-get install docker.io, start dockerd)" };
  },
  compose(env: Environment): Availability {
    if (canRun("docker", ["compose", "version"], env)) return { kind: "present", use: "docker compose" };
    return canRun("docker-compose", ["version"], env)
      ? { kind: "present", use: "docker-compose" }
      : { kind: "missing", reason: "Compose is not installed (Debian: apt-get install docker-compose)" };
  },
  kcat(env: Environment): Availability {
    return canRun("kcat", ["-V"], env)
      ? { kind: "present", use: "kcat" }
      : { kind: "missing", reason: "kcat is not installed (Debian: apt-get install kcat)" };
  },
  /** `use` is the folder of Kafka's jars. */
  java(env: Environment): Availability {
    if (!canRun("java", ["-version"], env)) {
      return {
        kind: "missing",
        reason: "Java is not installed (Debian: apt-get install openjdk-17-jre-headless)",
      };
    }
    return finders["kafka-jars"]();
  },
  python(env: Environment): Availability {
    const python = env.BIRDWIRE_PYTHON ?? "python3";
    const imports = "import confluent_kafka.schema_registry.avro";
    if (canRun(python, ["-c", imports], env)) return { kind: "present", use: python };
    return {
      kind: "missing",
      reason: `${python} lacks what the suites import (pip install -r integration-tests/clients/requirements.txt; BIRDWIRE_PYTHON names another)`,
    };
  },
  tmux(env: Environment): Availability {
    return canRun("tmux", ["-V"], env)
      ? { kind: "present", use: "tmux" }
      : { kind: "missing", reason: "tmux is not installed (Debian: apt-get install tmux)" };
  },
  tweets(env: Environment): Availability {
    const path = env.BIRDWIRE_TEST_TWEETS;
    if (path === undefined)
      return { kind: "missing", reason: "BIRDWIRE_TEST_TWEETS names no file of recorded posts" };
    if (existsSync(path)) return { kind: "present", use: path };
    return { kind: "missing", reason: `BIRDWIRE_TEST_TWEETS names ${path}, which is not there` };
  },
  "kafka-jars"(): Availability {
    const folder = jarFolder();
    if (existsSync(folder)) return { kind: "present", use: folder };
    const how = "node integration-tests/support/kafka-jvm.ts --jars fetches them, with Maven";
    return { kind: "missing", reason: `Kafka's jars are not here (${how})` };
  },
  "registry-cases"(env: Environment): Availability {
    const folder = env.BIRDWIRE_REGISTRY_CASES;
    if (folder === undefined)
      return { kind: "missing", reason: "BIRDWIRE_REGISTRY_CASES names no folder of registry cases" };
    const runner = join(folder, "run_cases.py");
    if (!existsSync(runner)) return { kind: "missing", reason: `BIRDWIRE_REGISTRY_CASES has no ${runner}` };
    // Whoever offers the cases wants them run.
    if (!canRun("python3", ["-V"], env)) {
      throw new RequirementError("tool-required", "BIRDWIRE_REGISTRY_CASES is set, and python3 cannot run", {
        details: { name: "registry-cases" },
      });
    }
    return { kind: "present", use: runner };
  },
} as const satisfies Record<string, (env: Environment) => Availability>;

export type ToolName = keyof typeof finders;
export const toolNames = Object.keys(finders) as readonly ToolName[];

/**
 * Whether a tool is there, and if not, why not, for people. Throws RequirementError `tool-required` when it is
 * missing and BIRDWIRE_REQUIRE names it, and `unknown-tool` when that names something else.
 */
export function findTool(name: ToolName, env: Environment = process.env): Availability {
  const required = parseRequired(env.BIRDWIRE_REQUIRE ?? "");
  const found = finders[name](env);
  if (found.kind === "missing" && required.has(name)) {
    throw new RequirementError("tool-required", `${name} is required here: ${found.reason}`, {
      details: { name },
    });
  }
  return found;
}

/** `describe` when the tool is there; else a skipped one whose title says why. Throws as findTool does. */
export function describeWith(name: ToolName, title: string, suite: (use: string) => void): void {
  const tool = findTool(name);
  if (tool.kind === "present") describe(title, () => suite(tool.use));
  // The tests are still declared, so that each of them is counted as skipped.
  else describe.skip(`${title} [skipped: ${tool.reason}]`, () => suite(name));
}

function parseRequired(text: string): ReadonlySet<ToolName> {
  const names = text.split(",").map((name) => name.trim());
  const required = new Set<ToolName>();
  for (const name of names.filter((candidate) => candidate !== "")) {
    if (name === "all") return new Set(toolNames);
    const known = toolNames.find((candidate) => candidate === name);
    if (known === undefined) {
      throw new RequirementError(
        "unknown-tool",
        `BIRDWIRE_REQUIRE names ${name}; it may name ${toolNames.join(", ")} or all`,
        { details: { name } },
      );
    }
    required.add(known);
  }
  return required;
}

/** `name@version` of each package that integration-tests/clients wants and the folder has not. */
function findLackingClients(folder: string): readonly string[] {
  const wanted = JSON.parse(readFileSync(join(clientsFolder, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return Object.entries(wanted.dependencies)
    .filter(([name, version]) => readVersion(join(folder, "node_modules", name)) !== version)
    .map(([name, version]) => `${name}@${version}`);
}

function readVersion(packageFolder: string): string | null {
  try {
    const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
    return version;
  } catch {
    return null;
  }
}

function canRun(command: string, args: readonly string[], env: Environment): boolean {
  const run = spawnSync(command, [...args], {
    env: { ...env },
    stdio: "ignore",
    timeout: 20_000,
    killSignal: "SIGKILL",
  });
  return run.status === 0;
}
