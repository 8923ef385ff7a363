/**
 * Confluent's own clients for Python share no code with us: they read the schema off the registry and the values off
 * the broker.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { repositoryRoot, runBirdwire, startEmulators } from "./support/birdwire.ts";
import { describeWith } from "./support/requirements.ts";
import { readJsonLines } from "./support/screen.ts";

const execute = promisify(execFile);
const sample = `${repositoryRoot}docs/samples/posts.ndjson`;

interface PythonRow {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: { readonly id: string; readonly text: string; readonly created_at: string };
}

describeWith("python", "confluent-kafka for Python on the emulators", (python) => {
  test("AvroDeserializer gives the tweets that our consumer prints", async () => {
    await using up = await startEmulators();
    const { brokers, registryUrl } = up.addresses;
    await runBirdwire(["produce", "--replay", sample], { env: up.env });
    const script = `${repositoryRoot}integration-tests/clients/read_tweets.py`;
    const { stdout } = await execute(python, [script, brokers, registryUrl, "twitter"]);
    const theirs = readJsonLines<PythonRow>(stdout);
    const ours = readJsonLines<PythonRow>(
      (
        await runBirdwire(["consume", "--from-beginning", "--until-end", "--format", "json", "--meta"], {
          env: up.env,
        })
      ).stdout,
    );
    const facts = (rows: readonly PythonRow[]) =>
      rows
        .map(({ partition, offset, key, value }) => ({ partition, offset, key, value }))
        .sort((one, other) => one.key.localeCompare(other.key));
    expect(facts(theirs)).toEqual(facts(ours));

    const posts = readJsonLines<{ data: PythonRow["value"] }>(await readFile(sample, "utf8"));
    expect(theirs.map(({ value }) => value.text).sort()).toEqual(posts.map(({ data }) => data.text).sort());
  });
});
