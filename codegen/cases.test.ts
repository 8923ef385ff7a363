import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createCodec } from "../src/avro/codec.ts";
import { type GeneratedFile, generate } from "./generate.ts";
import type { SchemaFile } from "./schema-folder.ts";

interface CaseValues {
  readonly module?: string;
  readonly type: string;
  readonly reads: readonly string[];
  readonly writes?: readonly string[];
  readonly rejects: readonly string[];
}

interface GoldenCase {
  readonly name: string;
  readonly folder: string;
  readonly outputs: readonly GeneratedFile[];
  readonly values: CaseValues;
}

const repository = fileURLToPath(new URL("..", import.meta.url));
const casesFolder = fileURLToPath(new URL("cases", import.meta.url));
const updatesGoldens = process.env.BIRDWIRE_UPDATE_GOLDEN === "1";

function readFiles(folder: string, ending: string): SchemaFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(ending))
    .sort()
    .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(join(folder, path), "utf8") }));
}

const cases: readonly GoldenCase[] = readdirSync(casesFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const folder = join(casesFolder, name);
    return {
      name,
      folder,
      outputs: generate({ files: readFiles(folder, ".avsc") }),
      values: JSON.parse(readFileSync(join(folder, "values.json"), "utf8")) as CaseValues,
    };
  });

describe("what is generated is exactly the golden text", () => {
  test.each(cases)("$name", ({ folder, outputs }) => {
    if (updatesGoldens) {
      for (const { fileName, text } of outputs) writeFileSync(join(folder, `${fileName}.golden`), text);
    }
    const goldens = readFiles(folder, ".golden").map(({ path, text }) => [path, text]);
    const actual = outputs.map(({ fileName, text }): [string, string] => [`${fileName}.golden`, text]);
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(goldens));
  });
});

function valuesModule({ module = "schema", type, reads, writes = [], rejects }: CaseValues): string {
  const lines = [`import type { ${type}, ${type}Input } from "./${module}.js";`];
  const declare = (of: string, expression: string): void => {
    lines.push(`export const value${lines.length}: ${of} = ${expression};`);
  };
  const refuse = (of: string, expression: string, reason: string): void => {
    lines.push(`// @ts-expect-error ${reason}`);
    declare(of, expression);
  };
  for (const expression of reads) {
    declare(type, expression);
    declare(`${type}Input`, expression);
  }
  for (const expression of writes) {
    declare(`${type}Input`, expression);
    refuse(type, expression, "a decoder always gives the fields with a default");
  }
  for (const expression of rejects) {
    refuse(type, expression, "no value of the schema");
    refuse(`${type}Input`, expression, "no value of the schema");
  }
  return `${lines.join("\n")}\n`;
}

describe("the compiler", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "birdwire-codegen-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("takes every golden module under --strict, and takes and refuses the values as said", () => {
    for (const { name, outputs, values } of cases) {
      for (const { fileName, text } of [...outputs, { fileName: "values.ts", text: valuesModule(values) }]) {
        const path = join(folder, name, fileName);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
    }
    const settings = {
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        isolatedModules: true,
        verbatimModuleSyntax: true,
        erasableSyntaxOnly: true,
        noEmit: true,
        target: "es2023",
        module: "nodenext",
        types: ["node"],
        typeRoots: [join(repository, "node_modules", "@types")],
        paths: { birdwire: [join(repository, "src/avro/typed-schema.ts")] },
      },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    const compiler = join(repository, "node_modules/typescript/bin/tsc");
    let said = "";
    try {
      said = execFileSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
    } catch (failure) {
      said = (failure as { readonly stdout: string }).stdout;
    }
    expect(said).toBe("");
  });
});

describe("the codec agrees with the types", () => {
  const evaluate = (expression: string): unknown => new Function("Buffer", `return (${expression})`)(Buffer);

  test.each(cases)("$name", ({ outputs, values }) => {
    const output = outputs.find(({ fileName }) => fileName === `${values.module ?? "schema"}.ts`);
    const literal = /json:\n\s+(.*),\n/.exec(output?.text ?? "")?.[1] ?? "";
    const codec = createCodec(evaluate(literal) as string);
    for (const expression of values.reads) {
      const value = evaluate(expression);
      expect(codec.decode(codec.encode(value))).toEqual(value);
    }
    for (const expression of values.writes ?? []) {
      expect(codec.check(evaluate(expression))).toEqual([]);
      expect(codec.check(codec.decode(codec.encode(evaluate(expression))))).toEqual([]);
    }
    for (const expression of values.rejects) expect(codec.check(evaluate(expression))).not.toEqual([]);
  });
});
