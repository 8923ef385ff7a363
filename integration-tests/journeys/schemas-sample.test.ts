/**
 * `schemas check --sample`: what real records lose by a version that every rule allows.
 */
import { describe, expect, test } from "@jest/globals";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";
import { createSchemaFolder, type SchemaFolder } from "../support/schema-folder.ts";

const order = (fields: readonly object[]) => ({ type: "record", name: "Order", namespace: "shop", fields });
const state = (symbols: readonly string[], more: object = {}) => ({
  name: "state",
  type: { type: "enum", name: "State", symbols, default: "NEW", ...more },
});
const id = { name: "id", type: "string" };
const buyer = (name: string) => ({ name, type: ["null", "string"], default: null });
const older = order([id, buyer("buyer_name"), state(["NEW", "PAID", "SENT"])]);

/** The last version is proposed. */
function folderOf(...versions: readonly object[]): Promise<SchemaFolder> {
  const texts = versions.map((schema) => JSON.stringify(schema, null, 2));
  return createSchemaFolder([
    { subject: "orders-value", record: "order", level: "BACKWARD", versions: texts },
  ]);
}

async function writeOrders(servers: EmulatedServers) {
  const schema = await fileSchema(servers, "orders-value", older);
  const orders = [
    { id: "1", buyer_name: null, state: "NEW" },
    { id: "2", buyer_name: "Ann", state: "PAID" },
    { id: "3", buyer_name: "Bob", state: "SENT" },
  ];
  await sendRaw(servers, "orders", [...orders.map((value) => frameOf(schema, older, value)), null]);
}

const check = ({ run }: EmulatedServers, { path }: SchemaFolder, ...flags: readonly string[]) =>
  run("schemas", "check", "--schemas", path, "--sample", "orders", ...flags);

describe("schemas check --sample", () => {
  test("tells what real records lose, with their positions, and ends with 3 though every rule holds", async () => {
    await using servers = await startServersHere();
    await writeOrders(servers);
    await using dir = await folderOf(older, order([id, buyer("buyer"), state(["NEW", "PAID"])]));
    expect(await servers.run("schemas", "check", "--schemas", dir.path)).toMatchObject({ code: 0 });

    const text = await check(servers, dir);
    expect(text.stdout).toMatch(
      /order\/v2\.avsc:\d+:\d+: error sample-value-dropped: 2 of 3 sampled records \(orders 0:1 at \/buyer_name, 0:2 at \/buyer_name\): field "buyer_name" has values.*if that is its new name, give it the alias "buyer_name" \[orders-value\]/,
    );
    expect(text.stdout).toMatch(
      /order\/v2\.avsc:\d+:\d+: error sample-symbol-defaulted: 1 of 3 sampled records \(orders 0:2 at \/state\): symbol SENT is read as the default NEW/,
    );
    expect(text.stderr).toMatch(/sampled topic orders.*records=3.*tombstones=1/);
    expect(text.code).toBe(3);

    const { stdout, code } = await check(servers, dir, "--format", "json");
    const report = JSON.parse(stdout) as { entries: { rule: string; path: string; records?: object[] }[] };
    expect(report.entries.filter(({ rule }) => rule === "sample-symbol-defaulted")).toMatchObject([
      { path: "/fields/2/type", records: [{ topic: "orders", partition: 0, offset: 2, path: "/state" }] },
    ]);
    expect(code).toBe(3);
    for (const format of ["github", "markdown", "sarif", "junit"]) {
      expect((await check(servers, dir, "--format", format)).stdout).toMatch(/orders 0:2 at/);
    }
  });

  test("reads no more than --last, and is content with a version that loses nothing", async () => {
    await using servers = await startServersHere();
    await writeOrders(servers);
    await using lossy = await folderOf(older, order([id, buyer("buyer_name"), state(["NEW", "PAID"])]));
    // The last but one is the order that was sent; the last is a tombstone.
    expect((await check(servers, lossy, "--last", "2")).stderr).toMatch(/records=1 /);
    const added = [{ name: "note", type: "string", default: "" }];
    await using sound = await folderOf(older, order([...older.fields, ...added]));
    const { code, stdout } = await check(servers, sound);
    expect(stdout).not.toMatch(/ sample-/);
    expect(code).toBe(0);
  });

  test("tells records that the version cannot read, and warns of those that nothing reads", async () => {
    await using servers = await startServersHere();
    await writeOrders(servers);
    await sendRaw(servers, "orders", [Buffer.from("no frame")]);
    const numbered = order([{ name: "id", type: "int" }]);
    await using dir = await folderOf(numbered);
    const { code, stdout } = await check(servers, dir);
    expect(stdout).toMatch(
      /error sample-unreadable: 3 of 4 sampled records \(orders 0:0, 0:1, 0:2\): .*cannot be read.*TYPE_MISMATCH/,
    );
    expect(stdout).toMatch(
      /warning sample-unsound: 1 of 4 sampled records \(orders 0:4\): the first byte is/,
    );
    expect(code).toBe(3);
  });

  test("passes over records of the topic's other subjects", async () => {
    await using servers = await startServersHere();
    await writeOrders(servers);
    const note = { type: "record", name: "Note", namespace: "shop", fields: [id] };
    const schema = await fileSchema(servers, "notes", note);
    await sendRaw(servers, "orders", [frameOf(schema, note, { id: "1" })]);
    await using dir = await folderOf(older);
    const subjects = [
      { subject: "orders-value", topic: "orders", record: "order", compatibility: "BACKWARD" },
      { subject: "notes", topic: "orders", record: "note", compatibility: "BACKWARD" },
    ];
    await dir.write({ "subjects.json": JSON.stringify({ subjects }), "note/v1.avsc": JSON.stringify(note) });
    expect(await check(servers, dir)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--subject names one of orders-value, notes/),
    });
    const { code, stderr } = await check(servers, dir, "--subject", "notes");
    expect(stderr).toMatch(/records=1 .*passedOver=3/);
    expect(code).toBe(0);
  });

  test("warns when there is nothing to sample", async () => {
    await using servers = await startServersHere();
    await sendRaw(servers, "orders", [null]);
    await using dir = await folderOf(older);
    const { code, stdout } = await check(servers, dir);
    expect(stdout).toMatch(/warning sample-empty: topic orders has no record that could be sampled/);
    expect(code).toBe(0);
  });

  test.each([
    [["--sample", "nowhere"], 2, /has no topic nowhere; its topics are orders/],
    [["--sample", "orders", "--last", "0"], 2, /--last takes a whole number, 1 or more/],
    [["--subject", "orders-value"], 2, /there is no --sample/],
    [["--last", "5"], 2, /there is no --sample/],
    [["--sample", "orders", "--subject", "x"], 2, /has no subject x/],
  ])("%j ends with %i", async (flags, exit, message) => {
    await using servers = await startServersHere();
    await using dir = await folderOf(older);
    const { code, stderr } = await servers.run("schemas", "check", "--schemas", dir.path, ...flags);
    expect(stderr).toMatch(message);
    expect(code).toBe(exit);
  });

  test("says that the topic is not there", async () => {
    await using servers = await startServersHere();
    await using dir = await folderOf(older);
    const { code, stderr } = await check(servers, dir);
    expect(stderr).toMatch(/orders/);
    expect(code).toBe(2);
  });
});
