import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { apicurioDifferences } from "./apicurio-differences.ts";
import { registryCases } from "./registry-cases/all.ts";

const titles = apicurioDifferences.map(({ title }) => title);

test("a difference is named once", () => {
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
});

test("each difference is that of a case there is", () => {
  const overHttp = Object.values(registryCases).flatMap((cases) => cases.map(({ title }) => title));
  const sources = readdirSync(import.meta.dirname)
    .filter((name) => /^registry-.*\.test\.ts$/.test(name))
    .map((name) => readFileSync(join(import.meta.dirname, name), "utf8"));
  const isWritten = (title: string) => {
    const own = title.replace(/^Confluent's client for \w+ /, "");
    return sources.some((source) => source.includes(`"${own}"`));
  };
  expect(titles.filter((title) => !overHttp.includes(title) && !isWritten(title))).toEqual([]);
});
