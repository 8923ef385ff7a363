/**
 * A topic read again through several versions of its schema: what each makes of what the others wrote.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseTopicName } from "../../src/kernel/brand.ts";
import { type EmulatedServers, startServersHere } from "../support/emulated-servers.ts";
import { adapterOf, rawKafkaOf, send } from "../support/kafka-clients.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";
import { readJsonLines } from "../support/screen.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-reread-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const person = (...fields: readonly unknown[]) => ({ type: "record", name: "Person", fields });
const mail = { name: "mail", type: ["null", "string"], default: null };
const v1 = person(
  { name: "id", type: "int" },
  { name: "note", type: "string" },
  { name: "fax", type: "string" },
);
const v2 = person({ name: "id", type: "long" }, { name: "note", type: "string" }, mail);
const v3 = person({ name: "id", type: "long" }, { name: "remark", aliases: ["note"], type: "string" }, mail);

/** Two of version 1, one of 2, one of 3, and a tombstone. */
async function writePeople(servers: EmulatedServers): Promise<readonly number[]> {
  const ids = [
    await fileSchema(servers, "people-value", v1),
    await fileSchema(servers, "people-value", v2),
    await fileSchema(servers, "people-value", v3),
  ];
  const [one = 0, two = 0, three = 0] = ids;
  await sendRaw(servers, "people", [
    frameOf(one, v1, { id: 1, note: "a", fax: "no" }),
    frameOf(one, v1, { id: 2, note: "b", fax: "no" }),
    frameOf(two, v2, { id: 3, note: "c", mail: null }),
    frameOf(three, v3, { id: 4, remark: "d", mail: "m" }),
    null,
  ]);
  return ids;
}

const reread = ({ run }: EmulatedServers, ...flags: readonly string[]) =>
  run("reread", "--topic", "people", ...flags);

interface Line {
  readonly kind: string;
  readonly [name: string]: unknown;
}
const linesOf = (stdout: string, kind: string) =>
  readJsonLines<Line>(stdout).filter((line) => line.kind === kind);

describe("reread", () => {
  test("tells of each version as each reader how many records were read, and what was done to them", async () => {
    await using servers = await startServersHere();
    const [one, two, three] = await writePeople(servers);
    const { code, stdout } = await reread(servers, "--as", "v1,v2,v3", "--format", "json");
    const rows = linesOf(stdout, "writer");
    expect(rows.map(({ writer, records }) => [writer, records])).toEqual([
      [{ id: one, subject: "people-value", version: 1 }, 2],
      [{ id: two, subject: "people-value", version: 2 }, 1],
      [{ id: three, subject: "people-value", version: 3 }, 1],
    ]);
    expect(rows[0]?.as).toMatchObject([
      { reader: { label: "v1", name: "Person", version: 1 }, read: 2, changed: {}, unread: {} },
      {
        reader: { label: "v2", version: 2 },
        read: 2,
        changed: { promoted: 2, defaulted: 2, dropped: 2 },
        fields: { promoted: { id: 2 }, defaulted: { mail: 2 }, dropped: { fax: 2 } },
        unread: {},
      },
      {
        reader: { label: "v3", version: 3 },
        read: 2,
        changed: { promoted: 2, alias: 2, defaulted: 2, dropped: 2 },
        fields: { alias: { remark: 2 } },
      },
    ]);
    expect(rows[1]?.as).toMatchObject([
      {
        read: 0,
        unread: { incompatible: { records: 1, example: { partition: 0, offset: 2 } } },
        findings: [
          { rule: "READER_FIELD_MISSING_DEFAULT_VALUE", path: "/fields/2" },
          { rule: "TYPE_MISMATCH", path: "/fields/0/type", writer_path: "/fields/0/type" },
        ],
      },
      { read: 1, changed: {}, unread: {}, findings: [] },
      { read: 1, changed: { alias: 1 } },
    ]);
    expect(linesOf(stdout, "total")).toEqual([
      { kind: "total", topic: "people", subject: "people-value", records: 5, tombstones: 1, unread: 2 },
    ]);
    expect(code).toBe(7);
  });

  test("tells it of the records one by one", async () => {
    await using servers = await startServersHere();
    await writePeople(servers);
    const { stdout } = await reread(servers, "--as", "v1,v2", "--format", "json", "--records", "3");
    expect(linesOf(stdout, "record")).toEqual([
      {
        kind: "record",
        partition: 0,
        offset: 0,
        writer: { id: expect.any(Number), version: 1 },
        as: [
          { reader: "v1", outcome: "read" },
          { reader: "v2", outcome: "read", promoted: ["id"], defaulted: ["mail"], dropped: ["fax"] },
        ],
      },
      expect.objectContaining({ offset: 1 }),
      expect.objectContaining({
        offset: 2,
        writer: { id: expect.any(Number), version: 2 },
        as: [
          { reader: "v1", outcome: "incompatible", message: expect.stringMatching(/a long was written/) },
          { reader: "v2", outcome: "read" },
        ],
      }),
    ]);
    expect(
      linesOf((await reread(servers, "--as", "1", "--format", "json", "--records", "0")).stdout, "record"),
    ).toEqual([]);
  });

  test("as text is two matrices and the reasons", async () => {
    await using servers = await startServersHere();
    expect(await writePeople(servers)).toEqual([1, 2, 3]);
    const { code, stdout } = await reread(servers, "--as", "v1,v2,latest");
    expect(code).toBe(7);
    expect(stdout).toBe(expectedText);
  });

  test("reads with a file, and with all versions that can: nothing is left over, and the code is 0", async () => {
    await using servers = await startServersHere();
    await writePeople(servers);
    const file = join(folder, "next.avsc");
    await writeFile(
      file,
      JSON.stringify(person(...v3.fields, { name: "vip", type: "boolean", default: false })),
    );
    const { code, stdout, stderr } = await reread(servers, "--as", "v3", "--as", file, "--format", "json");
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(linesOf(stdout, "writer").map(({ as }) => (as as Line[])[1])).toMatchObject([
      { reader: { label: file, version: null }, read: 2, fields: { defaulted: { vip: 2, mail: 2 } } },
      { read: 1 },
      { read: 1 },
    ]);
  });

  test("reads as much as is asked for, in no group, and commits nothing", async () => {
    await using servers = await startServersHere();
    await writePeople(servers);
    const offsets = async (...flags: readonly string[]) => {
      const { stdout } = await reread(servers, "--as", "latest", "--format", "json", ...flags);
      return linesOf(stdout, "record").map(({ offset }) => offset);
    };
    expect(await offsets("--last", "2")).toEqual([3]);
    expect(await offsets("--max-records", "2")).toEqual([0, 1]);
    expect(await offsets("--from-offset", "2")).toEqual([2, 3]);
    expect(await offsets("--from-beginning")).toEqual([0, 1, 2, 3]);
    expect(await offsets("--from-time", "1h", "--partitions", "0")).toEqual([0, 1, 2, 3]);
    const admin = rawKafkaOf(servers.kafka.bootstrap).admin();
    await admin.connect();
    try {
      expect((await admin.listGroups()).groups).toEqual([]);
    } finally {
      await admin.disconnect();
    }
  });

  test("keeps records apart that have no schema, or one of another subject", async () => {
    await using servers = await startServersHere();
    await writePeople(servers);
    await send(adapterOf(servers.kafka.bootstrap), parseTopicName("people"), [
      { key: null, value: Buffer.from("no frame") },
      { key: null, value: Buffer.from([0, 0, 0, 0x12, 0x67, 1]) },
    ]);
    const { code, stdout } = await reread(servers, "--as", "v3", "--format", "json");
    expect(linesOf(stdout, "writer").slice(3)).toMatchObject([
      {
        writer: { id: 4711, subject: null, version: null },
        as: [{ unread: { "unknown-schema-id": { records: 1 } } }],
      },
      { writer: null, as: [{ unread: { "bad-magic": { records: 1 } } }] },
    ]);
    expect(code).toBe(7);
  });

  test("names the subject of a schema that is filed elsewhere", async () => {
    await using servers = await startServersHere();
    const [one] = await writePeople(servers);
    const other = await fileSchema(servers, "birds-value", { type: "record", name: "Bird", fields: [] });
    await sendRaw(servers, "people", [frameOf(other, { type: "record", name: "Bird", fields: [] }, {})]);
    const { stdout } = await reread(servers, "--as", "v1", "--records", "0");
    expect(stdout).toMatch(new RegExp(`^ {2}version 1 \\(schema ${one}\\) {2,}2 {2,}2 read$`, "m"));
    expect(stdout).toMatch(
      new RegExp(`^ {2}version 1 \\(schema ${other}\\) of birds-value {2,}1 {2,}1 NOT READ$`, "m"),
    );
  });

  test("lets no name of a file steer the terminal", async () => {
    await using servers = await startServersHere();
    await writePeople(servers);
    const file = join(folder, "\u001b[31m\u202e.avsc");
    await writeFile(file, JSON.stringify(v3));
    for (const format of ["text", "json"]) {
      const { code, stdout } = await reread(servers, "--as", file, "--format", format);
      expect(stdout).toContain(".avsc");
      expect(stdout).not.toMatch(/[\u001b\u202e]/);
      expect(code).toBe(0);
    }
  });

  test("of an empty topic says that there is nothing", async () => {
    await using servers = await startServersHere();
    await fileSchema(servers, "people-value", v1);
    await sendRaw(servers, "people", []);
    const { code, stdout } = await reread(servers, "--as", "v1");
    expect(stdout).toBe("topic people, subject people-value: no record\n");
    expect(code).toBe(0);
  });

  test.each<[string, readonly string[], RegExp, number]>([
    ["no version", [], /--as|Missing required argument/, 2],
    [
      "a version that is not there",
      ["--as", "v1,v9"],
      /version 9 of subject people-value .*the registry has none/,
      3,
    ],
    ["a file that is not there", ["--as", "no.avsc"], /--as takes .*no\.avsc cannot be read/, 2],
    ["nothing between commas", ["--as", "v1,,v2"], /--as .*v1,,v2/, 2],
    ["another start as well", ["--as", "v1", "--last", "1", "--from-offset", "1"], /one place/, 2],
    ["a partition that is not there", ["--as", "v1", "--partitions", "7"], /has no partition 7/, 2],
    [
      "a topic that is not there",
      ["--as", "v1", "--topic", "nothing", "--subject", "people-value"],
      /nothing/,
      2,
    ],
  ])("%s is refused", async (_what, flags, message, code) => {
    await using servers = await startServersHere();
    await writePeople(servers);
    const refused = await reread(servers, ...flags);
    expect(refused.stderr).toMatch(message);
    expect([refused.code, refused.stdout]).toEqual([code, ""]);
  });
});

const expectedText = `topic people, subject people-value: 5 records, 1 of them without a value (tombstones)

  written as            records  as v1       as v2                                       as latest (v3)
  version 1 (schema 1)  2        2 read      2 read: 2 promoted, 2 defaulted, 2 dropped  2 read: 2 promoted, 2 found by alias, 2 defaulted, 2 dropped
  version 2 (schema 2)  1        1 NOT READ  1 read                                      1 read: 1 found by alias
  version 3 (schema 3)  1        1 NOT READ  1 NOT READ                                  1 read

  record  written as            as v1                   as v2                               as latest (v3)
  0:0     version 1 (schema 1)  read                    1 promoted, 1 defaulted, 1 dropped  1 promoted, 1 found by alias, 1 defaulted, 1 dropped
  0:1     version 1 (schema 1)  read                    1 promoted, 1 defaulted, 1 dropped  1 promoted, 1 found by alias, 1 defaulted, 1 dropped
  0:2     version 2 (schema 2)  NOT READ: incompatible  read                                1 found by alias
  0:3     version 3 (schema 3)  NOT READ: incompatible  NOT READ: incompatible              read

  version 1 (schema 1) as v2:
    promoted: id
    defaulted: mail
    dropped: fax
  version 1 (schema 1) as latest (v3):
    promoted: id
    found by alias: remark
    defaulted: mail
    dropped: fax

  version 2 (schema 2) as v1:
    NOT READ (0:2): incompatible: READER_FIELD_MISSING_DEFAULT_VALUE at /fields/2: the writer has no field "fax", and the reader has no default for it; give it a default, or an alias if it was renamed
      and TYPE_MISMATCH at /fields/0/type: a long was written and the reader takes an int; keep the type, or add a new field with a default
  version 2 (schema 2) as latest (v3):
    found by alias: remark

  version 3 (schema 3) as v1:
    NOT READ (0:3): incompatible: READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1: the writer has no field "note", and the reader has no default for it; give it a default, or an alias if it was renamed
      and READER_FIELD_MISSING_DEFAULT_VALUE at /fields/2: the writer has no field "fax", and the reader has no default for it; give it a default, or an alias if it was renamed
      and TYPE_MISMATCH at /fields/0/type: a long was written and the reader takes an int; keep the type, or add a new field with a default
  version 3 (schema 3) as v2:
    NOT READ (0:3): incompatible: READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1: the writer has no field "note", and the reader has no default for it; give it a default, or an alias if it was renamed
`;
