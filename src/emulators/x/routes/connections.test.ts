import { describe, expect, test } from "@jest/globals";
import { startXEmulator } from "../start.ts";
import { addRules, ask, openStream } from "../testing/client.ts";

interface Connections {
  readonly data?: readonly { readonly id: string; readonly disconnected_at?: string }[];
}

async function startWithStream() {
  const x = await startXEmulator({ source: { kind: "generated", count: 0 } });
  await addRules(x.url, "cat");
  return { x, stream: await openStream(x.url) };
}

describe("the connections API", () => {
  test.each(["all", "filtered_stream"])(
    "deletes by %s: the stream ends and there is room for another",
    async (what) => {
      const { x, stream } = await startWithStream();
      await using _ = x;
      const answer = await ask(`${x.url}/2/connections/${what}`, { method: "DELETE" });
      expect(answer.body).toMatchObject({ data: { successful_kills: 1, failed_kills: 0 } });
      expect(await stream.ended).toBe(true);
      await using _next = await openStream(x.url);
      const all = (await ask(`${x.url}/2/connections?status=all`)).body as Connections;
      expect(all.data).toHaveLength(2);
      expect(all.data?.[0]).not.toHaveProperty("disconnected_at");
      expect(all.data?.[1]).toHaveProperty("disconnected_at");
      expect(((await ask(`${x.url}/2/connections?status=inactive`)).body as Connections).data).toHaveLength(
        1,
      );
    },
  );

  test("deletes by id, and says which ids it does not know", async () => {
    const { x, stream } = await startWithStream();
    await using _ = x;
    const { data } = (await ask(`${x.url}/2/connections`)).body as Connections;
    const answer = await ask(`${x.url}/2/connections`, {
      method: "DELETE",
      body: { uuids: [data?.[0]?.id, "none"] },
    });
    expect(answer.body).toMatchObject({
      data: {
        successful_kills: 1,
        failed_kills: 1,
        results: [{ success: true }, { uuid: "none", success: false }],
      },
    });
    expect(await stream.ended).toBe(true);
    expect(await ask(`${x.url}/2/connections`, { method: "DELETE", body: { uuids: [] } })).toMatchObject({
      status: 400,
    });
  });
});
