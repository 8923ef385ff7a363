/**
 * Records through the topic, shown as the console sink of Spark Structured Streaming shows the same rows: its own
 * output, recorded, is what is expected.
 */
import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { TweetVersions } from "../../src/generated/tweet.ts";
import { startServersHere } from "../support/emulated-servers.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";

const readCase = (name: string) =>
  readFile(new URL(`../../src/render/cases/${name}`, import.meta.url), "utf8");

interface Row {
  readonly created_at: string;
  readonly id: string;
  readonly text: string | null;
}

const readRows = async () =>
  (await readCase("spark-rows.ndjson"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);

/** All in one batch. */
const show = ["consume", "--from-beginning", "--until-end", "--batch-interval", "60s"];

test("a topic of version 1, read as the present version", async () => {
  await using servers = await startServersHere();
  const v1 = JSON.parse(TweetVersions[0]?.json ?? "");
  const id = await fileSchema(servers, "twitter-value", v1);
  const rows = (await readRows()).filter(({ text }) => text !== null);
  await sendRaw(
    servers,
    "twitter",
    rows.map((row) => frameOf(id, v1, row)),
  );
  const { code, stdout } = await servers.run(...show);
  const spark = (await readCase("spark-default.golden"))
    .split("\n")
    .filter((line) => !line.endsWith(" NULL|"));
  expect(stdout).toBe(spark.join("\n"));
  expect(code).toBe(0);
});

test("another record with null in it, read with what the registry has", async () => {
  await using servers = await startServersHere();
  const nullable = ["null", "string"];
  const fields = ["created_at", "id", "text"].map((name) => ({ name, type: nullable }));
  const schema = { type: "record", name: "Row", fields };
  const id = await fileSchema(servers, "rows-value", schema);
  const frames = (await readRows()).map((row) => frameOf(id, schema, row));
  await sendRaw(servers, "rows", frames);
  const { stdout } = await servers.run(...show, "--topic", "rows", "--reader", "latest");
  expect(stdout).toBe(await readCase("spark-default.golden"));
});
