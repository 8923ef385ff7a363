/**
 * The library's face: typed values in, typed values out, through a broker and a registry.
 */
import { describe, expect, test } from "@jest/globals";
import { startKafkaEmulator } from "../../src/emulators/kafka/start.ts";
import { startRegistryEmulator } from "../../src/emulators/registry/start.ts";
import { TweetVersions } from "../../src/generated/tweet.ts";
import {
  type DeadLetter,
  DeadLetterSchema,
  openConsumer,
  openProducer,
  type Tweet,
  type TweetInput,
  TweetSchema,
} from "../../src/index.ts";
import { startServersHere } from "../support/emulated-servers.ts";
import { fileSchema, frameOf, sendRaw } from "../support/registered.ts";

const tweets: readonly TweetInput[] = ["one", "zwei 👩‍👩‍👧", "三"].map((text, index) => ({
  created_at: "2026-01-31T12:00:00.000Z",
  id: String(index + 1),
  text,
}));

describe("a typed topic", () => {
  test("gives back what was sent, with the key, and commits what the loop has passed", async () => {
    await using kafka = await startKafkaEmulator();
    await using registry = await startRegistryEmulator();
    const config = { topic: "mine", brokers: kafka.bootstrap, registry: registry.url };
    {
      const options = { key: (tweet: TweetInput) => tweet.id, partitions: 1 };
      await using producer = await openProducer(config, TweetSchema, options);
      await producer.send(tweets);
    }
    const read = async (count: number) => {
      await using consumer = await openConsumer(config, TweetSchema, { group: "g", fromBeginning: true });
      const seen: { value: Tweet; key: string | undefined }[] = [];
      for await (const { value, key } of consumer) {
        if (seen.length === count) break;
        seen.push({ value, key: key?.toString() });
        if (seen.length === count && count === tweets.length) break;
      }
      return seen;
    };
    const first = await read(2);
    expect(first.map(({ value }) => value)).toMatchObject(tweets.slice(0, 2));
    // What was not given has its default.
    expect(first[0]?.value).toMatchObject({ lang: null, matching_rules: [], author: null });
    expect(first.map(({ key }) => key)).toEqual(["1", "2"]);
    // The record at which the first loop broke off was not passed, so it comes again.
    await using rest = await openConsumer(config, TweetSchema, { group: "g", fromBeginning: true });
    for await (const { value, writer } of rest) {
      expect(value).toMatchObject(tweets[2] ?? {});
      expect(writer.version).toBe(1);
      break;
    }
  });

  test("tells what resolution did, and does not open on a version that it cannot read", async () => {
    await using servers = await startServersHere();
    const config = { topic: "mine", brokers: servers.kafka.bootstrap, registry: servers.registryUrl };
    const [oldest] = TweetVersions;
    const old = JSON.parse(oldest?.json ?? "");
    await sendRaw(servers, "mine", [frameOf(await fileSchema(servers, "mine-value", old), old, tweets[0])]);
    const options = { group: "g", fromBeginning: true } as const;
    {
      await using consumer = await openConsumer(config, TweetSchema, { ...options, explain: true });
      for await (const { writer } of consumer) {
        expect(writer.resolution).toContainEqual({ kind: "defaulted", path: ["author"], value: null });
        break;
      }
    }
    await fileSchema(servers, "mine-value", { ...old, fields: [{ name: "id", type: "long" }] });
    await expect(openConsumer(config, TweetSchema, options)).rejects.toMatchObject({
      code: "unreadable-versions",
      details: { versions: [{ version: 2, findings: expect.arrayContaining([expect.anything()]) }] },
    });
    const onUndecodable = () => {};
    await using lenient = await openConsumer(config, TweetSchema, { ...options, onUndecodable });
    for await (const { value } of lenient) {
      expect(value.id).toBe("1");
      break;
    }
  });

  test("commits the very record it is given, and nothing by itself where it shall not", async () => {
    await using kafka = await startKafkaEmulator();
    await using registry = await startRegistryEmulator();
    const config = { topic: "mine", brokers: kafka.bootstrap, registry: registry.url };
    {
      await using producer = await openProducer(config, TweetSchema, { partitions: 1 });
      await producer.send(tweets);
    }
    const readFirst = async (commits: boolean) => {
      const options = { group: "g", fromBeginning: true, autoCommit: false } as const;
      await using consumer = await openConsumer(config, TweetSchema, options);
      for await (const record of consumer) {
        if (commits) await consumer.commit(record);
        return record.value.id;
      }
      return null;
    };
    expect([await readFirst(false), await readFirst(true), await readFirst(false)]).toEqual(["1", "1", "2"]);
  });

  test.each(["skip", "dead-letter"] as const)(
    "%s passes what cannot be read, and tells it",
    async (onError) => {
      await using servers = await startServersHere();
      const config = { topic: "mine", brokers: servers.kafka.bootstrap, registry: servers.registryUrl };
      const json = JSON.parse(TweetVersions[0]?.json ?? "");
      const good = frameOf(await fileSchema(servers, "mine-value", json), json, tweets[0]);
      const stray = { ...json, fields: [{ name: "id", type: "long" }] };
      const bad = frameOf(await fileSchema(servers, "mine-value", stray), stray, { id: 7 });
      await sendRaw(servers, "mine", [bad, Buffer.from("x"), null, good]);
      const told: string[] = [];
      const onUndecodable = (_: unknown, { code }: { readonly code: string }) => {
        told.push(code);
      };
      const options = { group: "g", fromBeginning: true, onError, onUndecodable } as const;
      {
        await using consumer = await openConsumer(config, TweetSchema, options);
        for await (const { value, offset } of consumer) {
          expect({ id: value.id, offset }).toEqual({ id: "1", offset: 3 });
          break;
        }
      }
      expect(told).toEqual(["incompatible", "bad-magic"]);
      const letters = { ...config, topic: "mine.dlq" };
      if (onError === "skip") return;
      await expect(openConsumer(letters, DeadLetterSchema, { group: "l", onError })).rejects.toMatchObject({
        code: "no-dead-letter-topic",
      });
      await using consumer = await openConsumer(letters, DeadLetterSchema, {
        group: "l",
        fromBeginning: true,
      });
      const kept: DeadLetter[] = [];
      for await (const { value } of consumer) if (kept.push(value) === 2) break;
      expect(kept.map(({ reason, raw }) => [reason, raw])).toEqual([
        ["incompatible", bad],
        ["bad-magic", Buffer.from("x")],
      ]);
    },
  );

  test("refuses a value that is not of the schema, with the path, before anything is sent", async () => {
    await using kafka = await startKafkaEmulator();
    await using registry = await startRegistryEmulator();
    const config = { topic: "mine", brokers: kafka.bootstrap, registry: registry.url };
    await using producer = await openProducer(config, TweetSchema);
    const wrong = { ...tweets[0], text: "half \ud83d" } as TweetInput;
    await expect(producer.send(wrong)).rejects.toMatchObject({
      code: "unencodable",
      details: { path: "/text" },
    });
  });

  test("does not compile with a wrong field", () => {
    const check = async () => {
      const producer = await openProducer({ topic: "t" }, TweetSchema);
      // @ts-expect-error: text is missing
      await producer.send({ created_at: "", id: "1" });
      // @ts-expect-error: id is a string
      await producer.send({ created_at: "", id: 1, text: "" });
      // @ts-expect-error: Tweet has no such field
      await producer.send({ created_at: "", id: "1", text: "", txet: "" });
      const consumer = await openConsumer({ topic: "t" }, TweetSchema, { group: "g" });
      for await (const { value } of consumer) {
        // @ts-expect-error: Tweet has no such field
        value.likes;
        const text: string = value.text;
        // @ts-expect-error: text is a string
        const length: number = value.text;
        return [text, length];
      }
      return [];
    };
    expect(typeof check).toBe("function");
  });
});
