/**
 * Posts whose bytes come cut where careless readers break, from the emulator to what the consumer prints.
 */
import { expect, test } from "@jest/globals";
import { readDelivered } from "../support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";
import { readJsonLines } from "../support/screen.ts";

interface TweetLine {
  readonly id: string;
  readonly text: string;
}

test.each(["bytes", "utf8", "crlf"])("no cut of the stream harms a post: --x-cut %s", async (cut) => {
  const count = 400;
  const generated = ["--x-posts", String(count), "--x-seed", "11", "--x-rate", "max"];
  await using up = await startEmulatorsHere([...generated, "--x-cut", cut]);
  await using uncut = await startEmulatorsHere(generated);
  const produce = [
    "produce",
    "--rule",
    "a=python OR BTS OR typescript OR kafka OR avro",
    "--max-tweets",
    String(count),
  ];
  const texts = await Promise.all(
    [up, uncut].map(async ({ env }) => {
      expect((await runBirdwireHere(produce, { env })).code).toBe(0);
      const { stdout } = await runBirdwireHere(
        ["consume", "--from-beginning", "--until-end", "--format", "json"],
        { env },
      );
      return readJsonLines<TweetLine>(stdout)
        .map(({ id, text }) => `${id} ${text}`)
        .sort();
    }),
  );
  expect(texts[0]).toHaveLength(count);
  expect(texts[0]).toEqual(texts[1]);
  expect((await readDelivered(up.addresses.xControlUrl)).length).toBe(count);
});
