/**
 * What helps when schemas and records do not fit: dead letters explained and sent again, a topic reread as several
 * versions, and a proposed version held against real records, on the target of the run.
 */
import { expect } from "@jest/globals";
import { describePipeline } from "../support/pipeline-targets.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";
import { createSchemaFolder } from "../support/schema-folder.ts";
import { readJsonLines } from "../support/screen.ts";

const note = { name: "note", type: ["null", "string"], default: null };
const orderV1 = { type: "record", name: "Order", fields: [{ name: "id", type: "int" }, note] };
const orderV2 = { ...orderV1, fields: [{ name: "id", type: "long" }, note] };

describePipeline("what helps when records do not fit", (pipeline) => {
  const { test, bootstrap, registryUrl, freshTopic, run, succeed } = pipeline;

  /** A record of each version, so that a reader of version 1 reads the first alone. */
  async function writeOrders(topic: string) {
    const first = await fileSchema({ registryUrl: registryUrl() }, `${topic}-value`, orderV1);
    const second = await fileSchema({ registryUrl: registryUrl() }, `${topic}-value`, orderV2);
    await sendRaw({ kafka: { bootstrap: bootstrap() } }, topic, [
      frameOf(first, orderV1, { id: 1, note: null }),
      frameOf(second, orderV2, { id: 2, note: "kept" }),
    ]);
    return { first, second };
  }

  test("dead letters are explained, a fix is proved before anything is sent, and sends each once", async () => {
    const topic = freshTopic();
    const { second } = await writeOrders(topic);
    const consume = ["consume", "--topic", topic, "--group", topic, "--from-beginning", "--until-end"];
    await succeed([...consume, "--format", "json", "--reader", "1", "--on-error", "dead-letter"]);
    const explain = async (reader: string) => {
      const flags = ["--topic", topic, "--reader", reader, "--format", "json"];
      return readJsonLines((await succeed(["dlq", "explain", ...flags])).stdout);
    };
    expect(await explain("1")).toMatchObject([
      {
        reason: "incompatible",
        letters: 1,
        writer: { id: second, version: 2 },
        findings: [{ rule: "TYPE_MISMATCH", path: "/fields/0/type" }],
        would_succeed: false,
      },
    ]);
    expect(await explain("2")).toMatchObject([{ would_succeed: true }]);
    const redrive = ["dlq", "redrive", "--topic", topic];
    expect((await run([...redrive, "--reader", "1", "--dry-run"])).code).toBe(7);
    await succeed([...redrive, "--reader", "2", "--dry-run"]);
    await succeed([...redrive, "--reader", "2"]);
    await succeed([...redrive, "--reader", "2"]);
    const all = ["consume", "--topic", topic, "--from-beginning", "--until-end", "--format", "json"];
    expect(readJsonLines((await succeed([...all, "--reader", "2"])).stdout)).toEqual([
      { id: 1, note: null },
      { id: 2, note: "kept" },
      { id: 2, note: "kept" },
    ]);
  });

  test("reread says what each version makes of what every writer wrote", async () => {
    const topic = freshTopic();
    const { first, second } = await writeOrders(topic);
    const { code, stdout } = await run(["reread", "--topic", topic, "--as", "v1,v2"]);
    expect(stdout).toMatch(new RegExp(`version 1 \\(schema ${first}\\) +1 +1 read +1 read: 1 promoted`));
    expect(stdout).toMatch(new RegExp(`version 2 \\(schema ${second}\\) +1 +1 NOT READ +1 read`));
    expect(code).toBe(7);
  });

  test("schemas check --sample tells what real records lose by a version that the rules allow", async () => {
    const topic = freshTopic();
    await writeOrders(topic);
    const dropped = { ...orderV2, fields: orderV2.fields.slice(0, 1) };
    await using folder = await createSchemaFolder([
      {
        subject: `${topic}-value`,
        record: "order",
        level: "BACKWARD",
        versions: [orderV2, dropped].map((schema) => JSON.stringify(schema)),
      },
    ]);
    await succeed(["schemas", "check", "--schemas", folder.path]);
    const { code, stdout } = await run(["schemas", "check", "--schemas", folder.path, "--sample", topic]);
    expect(stdout).toMatch(
      new RegExp(`error sample-value-dropped: 1 of 2 sampled records \\(${topic} 0:1 at /note\\)`),
    );
    expect(code).toBe(3);
  });
});
