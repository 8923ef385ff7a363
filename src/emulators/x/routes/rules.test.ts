import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { silentLog } from "../../../telemetry/log.ts";
import { startXEmulator, type XEmulator } from "../start.ts";
import { addRules, ask } from "../testing/client.ts";

const path = "/2/tweets/search/stream/rules";
let x: XEmulator;
beforeEach(async () => {
  x = await startXEmulator({ source: { kind: "generated", count: 0 }, limits: { rules: 3 } });
});
afterEach(async () => {
  await x[Symbol.asyncDispose]();
});

const post = (body: unknown, query = "") => ask(`${x.url}${path}${query}`, { method: "POST", body });
const get = (query = "") => ask(`${x.url}${path}${query}`);
interface Listed {
  readonly data?: readonly { readonly id: string; readonly value: string; readonly tag?: string }[];
  readonly meta: { readonly result_count: number; readonly next_token?: string };
}
const list = async (query = "") => (await get(query)).body as Listed;
const sent = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe("listing", () => {
  test("without rules has no data", async () => {
    expect(await get()).toMatchObject({
      status: 200,
      body: { meta: { sent, result_count: 0 } },
      headers: { "x-rate-limit-limit": "450", "x-rate-limit-remaining": "449" },
    });
    expect(await list()).not.toHaveProperty("data");
  });

  test("gives rules by id, and in pages", async () => {
    await addRules(x.url, "one", "two", "three");
    const all = (await list()).data ?? [];
    expect(all.map(({ value }) => value)).toEqual(["one", "two", "three"]);
    expect(all[0]).not.toHaveProperty("tag");
    expect((await list(`?ids=${all[2]?.id},1,${all[0]?.id}`)).data?.map(({ value }) => value)).toEqual([
      "one",
      "three",
    ]);
    const page = await list("?max_results=2");
    expect(page.meta.next_token).toHaveLength(16);
    const rest = await list(`?max_results=2&pagination_token=${page.meta.next_token}`);
    expect([...(page.data ?? []), ...(rest.data ?? [])]).toEqual(all);
    expect(rest.meta).not.toHaveProperty("next_token");
  });

  test.each(["?max_results=0", "?max_results=1001", "?ids=x", "?pagination_token=nonsense", "?bogus=1"])(
    "refuses %s",
    async (query) => {
      expect((await get(query)).status).toBe(400);
    },
  );
});

describe("adding", () => {
  test("answers 201 with the new rules and their ids", async () => {
    const answer = await post({ add: [{ value: "cat", tag: "pets" }, { value: "dog" }] });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        data: [
          { id: expect.stringMatching(/^\d+$/), value: "cat", tag: "pets" },
          { id: expect.stringMatching(/^\d+$/), value: "dog" },
        ],
        meta: { sent, summary: { created: 2, not_created: 0, valid: 2, invalid: 0 } },
      },
    });
    expect(answer.body).not.toHaveProperty("errors");
  });

  test("a rule that is there is no failure of the call, and names the one that is", async () => {
    await addRules(x.url, "cat");
    const [existing] = (await list()).data ?? [];
    const answer = await addRules(x.url, "cat");
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      meta: { sent, summary: { created: 0, not_created: 1, valid: 0, invalid: 1 } },
      errors: [
        {
          value: "cat",
          id: existing?.id,
          title: "DuplicateRule",
          type: expect.stringMatching(/\/duplicate-rules$/),
        },
      ],
    });
  });

  test("what is wrong with one rule leaves the others", async () => {
    const answer = await addRules(x.url, "cat", "cat", "dog or bird", "a".repeat(1025), "fish", "hen", "cow");
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      data: [{ value: "cat" }, { value: "fish" }, { value: "hen" }],
      meta: { summary: { created: 3, not_created: 4, valid: 3, invalid: 4 } },
      errors: [
        { value: "cat", title: "DuplicateRule" },
        {
          value: "dog or bird",
          title: "UnprocessableEntity",
          details: [expect.stringMatching(/^Ambiguous use of or as a keyword\..* \(at position 5\)$/)],
          type: expect.stringMatching(/\/invalid-rules$/),
        },
        {
          title: "UnprocessableEntity",
          details: [expect.stringMatching(/1025 .*1024 .*\(at position 1025\)$/)],
        },
        { value: "cow", type: expect.stringMatching(/\/rule-cap$/) },
      ],
    });
  });

  test("as a dry run says the same and changes nothing", async () => {
    const answer = await post({ add: [{ value: "cat" }, { value: "or" }] }, "?dry_run=true");
    expect(answer.body).toMatchObject({
      data: [{ value: "cat" }],
      meta: { summary: { created: 1, not_created: 1 } },
    });
    expect(await list()).not.toHaveProperty("data");
  });

  test("takes operators that it cannot evaluate, and says so", async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
    await using other = await startXEmulator({ source: { kind: "generated", count: 0 }, log });
    expect((await addRules(other.url, "cat OR from_affiliate_of:x")).status).toBe(201);
    expect(warnings).toEqual([
      expect.stringMatching(/^'from_affiliate_of' cannot be evaluated here.* \(at position 8\)$/),
    ]);
  });

  test.each<[string, unknown]>([
    ["no object", []],
    ["nothing", {}],
    ["both", { add: [{ value: "cat" }], delete: { ids: ["1"] } }],
    ["another member", { add: [{ value: "cat" }], more: 1 }],
    ["an empty list", { add: [] }],
    ["a rule without a value", { add: [{ tag: "t" }] }],
    ["a rule with another member", { add: [{ value: "cat", id: "1" }] }],
    ["a tag that is no text", { add: [{ value: "cat", tag: 1 }] }],
    ["no JSON", "{"],
    ["a delete of nothing", { delete: {} }],
    ["a delete of numbers", { delete: { ids: [1] } }],
  ])("a body that holds %s is 400", async (_title, body) => {
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, body: { title: "Invalid Request" } });
    expect(await list()).not.toHaveProperty("data");
  });
});

describe("deleting", () => {
  test("goes by id and by value, and counts what is not there", async () => {
    await addRules(x.url, "one", "two", "three");
    const [one] = (await list()).data ?? [];
    const answer = await post({ delete: { ids: [one?.id, "404"], values: ["three"] } });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        meta: { sent, summary: { deleted: 2, not_deleted: 1 } },
        errors: [{ title: "Invalid Request" }],
      },
    });
    expect((await list()).data?.map(({ value }) => value)).toEqual(["two"]);
  });

  test("as a dry run deletes nothing", async () => {
    await addRules(x.url, "one");
    expect((await post({ delete: { values: ["one"] } }, "?dry_run=true")).body).toMatchObject({
      meta: { summary: { deleted: 1 } },
    });
    expect((await list()).data).toHaveLength(1);
  });

  test("delete_all takes every rule", async () => {
    await addRules(x.url, "one", "two");
    expect((await post({}, "?delete_all=true")).body).toMatchObject({
      meta: { summary: { deleted: 2, not_deleted: 0 } },
    });
    expect(await list()).not.toHaveProperty("data");
  });
});

test("counts tell how many rules there are, and may be", async () => {
  await addRules(x.url, "one");
  expect((await ask(`${x.url}${path}/counts`)).body).toMatchObject({
    data: { cap_per_client_app: 3, client_app_rules_count: { rule_count: 1 }, project_rules_count: 1 },
  });
});
