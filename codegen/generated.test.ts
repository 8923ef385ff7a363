import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { generate } from "./generate.ts";
import { readSeal } from "./seal.ts";

function readFolder(name: string): Record<string, string> {
  const folder = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    /\.(avsc|ts)$/.test(path),
  );
  return Object.fromEntries(
    paths.map((path) => [path.replaceAll("\\", "/"), readFileSync(join(folder, path), "utf8")]),
  );
}

test("what is committed as generated is what the schemas say, and nothing else", () => {
  const files = Object.entries(readFolder("schemas")).map(([path, text]) => ({ path, text }));
  const outputs = generate({ files, runtime: "../avro/typed-schema.ts", importExtension: ".ts" });
  const committed = Object.entries(readFolder("src/generated")).map(([path, text]) => [
    path,
    readSeal(text).text,
  ]);
  expect(Object.fromEntries(outputs.map(({ fileName, text }) => [fileName, text]))).toEqual(
    Object.fromEntries(committed),
  );
});
