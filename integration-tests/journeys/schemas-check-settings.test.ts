/**
 * `schemas check` beside settings of Kafka that are wrong: it needs none, unless it is to sample a topic.
 */
import { expect, test } from "@jest/globals";
import { runBirdwireHere } from "../support/birdwire-here.ts";

test.each([
  ["an address that is none", { BIRDWIRE_BROKERS: "kafka:port" }, "BIRDWIRE_BROKERS"],
  ["a password without a user", { BIRDWIRE_KAFKA_PASSWORD: "secret" }, "--kafka-username"],
])("%s ends schemas check only with --sample", async (_name, env, told) => {
  expect(await runBirdwireHere(["schemas", "check"], { env })).toMatchObject({ code: 0 });
  const sampled = await runBirdwireHere(["schemas", "check", "--sample", "twitter"], { env });
  expect(sampled).toMatchObject({ code: 2, stderr: expect.stringContaining(told) });
  // What is said on the command line itself is looked at in any case.
  const flag = await runBirdwireHere(["schemas", "check", "--brokers", "kafka:port"], { env });
  expect(flag).toMatchObject({ code: 2, stderr: expect.stringContaining("--brokers") });
});
