import { describe, expect, test } from "@jest/globals";
import type { Message } from "kafkajs";
import { parseTopicName } from "../kernel/brand.ts";
import { createManualClock } from "../kernel/clock.ts";
import { type Log, silentLog } from "../telemetry/log.ts";
import { createDelivery, type DeliverySession } from "./kafkajs-delivery.ts";

const topic = parseTopicName("twitter");
const record = (text: string) => ({ key: null, value: Buffer.from(text) });
const textsOf = (messages: readonly Message[]) => messages.map(({ value }) => String(value));

type Reply = "ok" | "hang" | { type: string } | { name: string };

interface Attempt {
  readonly session: number;
  readonly texts: string[];
  readonly messages: readonly Message[];
}

/** A delivery over sessions that answer as told, in turn; after the last reply all is well. */
function createScripted(replies: readonly Reply[], { outageTimeoutMs = 60_000, opens = [] as Reply[] } = {}) {
  const attempts: Attempt[] = [];
  const closedSessions: number[] = [];
  const warnings: string[] = [];
  const clock = createManualClock();
  const script = [...replies];
  const openScript = [...opens];
  let sessions = 0;
  let underWay = 0;

  const answer = async (reply: Reply | undefined) => {
    if (reply === undefined || reply === "ok") return;
    if (reply === "hang") await new Promise(() => {});
    throw Object.assign(new Error("scripted"), reply);
  };
  const createSession = (): DeliverySession => {
    const session = sessions++;
    return {
      async send(_, messages) {
        expect(++underWay).toBe(1);
        attempts.push({ session, texts: textsOf(messages), messages });
        try {
          await new Promise((resolve) => setImmediate(resolve));
          await answer(script.shift());
        } finally {
          underWay--;
        }
      },
      async close() {
        closedSessions.push(session);
      },
    };
  };
  const log: Log = { ...silentLog, warn: (message) => warnings.push(message) };
  const delivery = createDelivery(createSession(), {
    brokers: ["127.0.0.1:9092"],
    log,
    clock,
    outageTimeoutMs,
    closeTimeoutMs: 5000,
    openSession: async () => {
      await answer(openScript.shift());
      return createSession();
    },
  });
  /** Lets time go on, in steps, until `work` is settled. */
  const passTimeUntil = async <T>(work: Promise<T>) => {
    let settled = false;
    const watched = work.finally(() => {
      settled = true;
    });
    watched.catch(() => {});
    while (!settled) {
      await clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return watched;
  };
  return { delivery, attempts, closedSessions, warnings, passTimeUntil, clock };
}

/** A disposal is typed as a thenable only. */
const closing = async (delivery: AsyncDisposable) => delivery[Symbol.asyncDispose]();

const unreachable = { name: "KafkaJSConnectionError" };

describe("delivery", () => {
  test("carries out sends one after the other, in their order", async () => {
    const { delivery, attempts } = createScripted([]);
    await Promise.all(["a", "b", "c"].map((text) => delivery.send(topic, [record(text)])));
    expect(attempts.map(({ texts }) => texts)).toEqual([["a"], ["b"], ["c"]]);
  });

  test("sends nothing for no records", async () => {
    const { delivery, attempts } = createScripted([]);
    await delivery.send(topic, []);
    expect(attempts).toEqual([]);
  });

  test("gives each record a time, and keeps the one it has", async () => {
    const { delivery, attempts } = createScripted([]);
    await delivery.send(topic, [record("a"), { ...record("b"), timestampMs: 0 }]);
    expect(attempts[0]?.messages.map(({ timestamp }) => timestamp)).toEqual([
      expect.stringMatching(/^\d{13}$/),
      "0",
    ]);
  });

  test("cuts a send into requests that any broker takes", async () => {
    const { delivery, attempts } = createScripted([]);
    await delivery.send(
      topic,
      Array.from({ length: 9 }, (_, n) => record(String(n).repeat(300_000))),
    );
    expect(attempts.map(({ texts }) => texts.map((text) => text[0]).join(""))).toEqual([
      "01",
      "23",
      "45",
      "67",
      "8",
    ]);
  });

  test("repeats a request as it was, in the same session, and before any other", async () => {
    const { delivery, attempts, passTimeUntil, warnings } = createScripted([unreachable, unreachable, "ok"]);
    await passTimeUntil(
      Promise.all([delivery.send(topic, [record("a")]), delivery.send(topic, [record("b")])]),
    );
    expect(attempts.map(({ session, texts }) => [session, texts])).toEqual([
      [0, ["a"]],
      [0, ["a"]],
      [0, ["a"]],
      [0, ["b"]],
    ]);
    expect(attempts[1]?.messages[0]).toBe(attempts[0]?.messages[0]);
    expect(warnings).toHaveLength(1);
  });

  test("starts from the addresses again when the broker stays away", async () => {
    const away = Array.from({ length: 4 }, () => unreachable);
    const { delivery, attempts, passTimeUntil } = createScripted(away, { opens: [unreachable] });
    await passTimeUntil(delivery.send(topic, [record("a")]));
    expect(attempts.map(({ session }) => session)).toEqual([0, 0, 0, 1, 1]);
  });

  test("gives up after the outage time-out and numbers anew what comes then", async () => {
    const replies = Array.from({ length: 5 }, () => unreachable);
    const { delivery, attempts, passTimeUntil } = createScripted(replies, { outageTimeoutMs: 1200 });
    const sent = passTimeUntil(delivery.send(topic, [record("a")]));
    await expect(sent).rejects.toMatchObject({ code: "broker-unreachable", retriable: true });
    await delivery.send(topic, [record("b")]);
    const last = attempts.at(-1);
    expect(last?.texts).toEqual(["b"]);
    expect(last?.session).toBeGreaterThan(attempts.at(-2)?.session ?? 9);
  });

  test("does not repeat what the broker refuses, and numbers anew what comes then", async () => {
    const { delivery, attempts, closedSessions } = createScripted([{ type: "TOPIC_AUTHORIZATION_FAILED" }]);
    const [refused, next] = [delivery.send(topic, [record("a")]), delivery.send(topic, [record("b")])];
    await expect(refused).rejects.toMatchObject({
      code: "authorization-failed",
      details: { topic: "twitter" },
    });
    await next;
    expect(attempts.map(({ session, texts }) => [session, texts])).toEqual([
      [0, ["a"]],
      [1, ["b"]],
    ]);
    expect(closedSessions).toEqual([0]);
  });

  test("repeats a request with new numbers when the broker has lost count", async () => {
    const { delivery, attempts, warnings } = createScripted([{ type: "OUT_OF_ORDER_SEQUENCE_NUMBER" }]);
    await delivery.send(topic, [record("a")]);
    expect(attempts.map(({ session }) => session)).toEqual([0, 1]);
    expect(warnings).toHaveLength(1);
  });

  test("stops repeating when the broker never finds the count", async () => {
    const { delivery } = createScripted(Array.from({ length: 9 }, () => ({ type: "UNKNOWN_PRODUCER_ID" })));
    await expect(delivery.send(topic, [record("a")])).rejects.toMatchObject({
      details: { kafkaError: "UNKNOWN_PRODUCER_ID" },
    });
  });

  test("halves a request that is too large until it knows which record is", async () => {
    const tooLarge = { type: "MESSAGE_TOO_LARGE" };
    const { delivery, attempts } = createScripted([tooLarge, "ok", tooLarge, tooLarge]);
    const sent = delivery.send(topic, ["a", "b", "c", "d"].map(record));
    await expect(sent).rejects.toMatchObject({
      code: "record-too-large",
      message: expect.stringContaining("topic twitter"),
      details: { topic: "twitter", index: 2, bytes: 1 },
    });
    expect(attempts.map(({ texts }) => texts.join(""))).toEqual(["abcd", "ab", "cd", "c"]);
  });
});

describe("closing a delivery", () => {
  test("waits for what is under way", async () => {
    const { delivery, attempts, closedSessions } = createScripted([]);
    const sends = ["a", "b"].map((text) => delivery.send(topic, [record(text)]));
    await delivery[Symbol.asyncDispose]();
    await Promise.all(sends);
    expect(attempts).toHaveLength(2);
    expect(closedSessions).toEqual([0]);
  });

  test("ends what hangs after the close time-out", async () => {
    const { delivery, passTimeUntil } = createScripted(["hang"]);
    const sent = delivery.send(topic, [record("a")]);
    const outcome = expect(sent).rejects.toMatchObject({ code: "closed" });
    await passTimeUntil(closing(delivery));
    await outcome;
  });

  test("ends the wait for a broker that is away", async () => {
    const { delivery, passTimeUntil } = createScripted(Array.from({ length: 99 }, () => unreachable));
    const sent = delivery.send(topic, [record("a")]);
    const outcome = expect(sent).rejects.toMatchObject({ code: "closed" });
    await passTimeUntil(closing(delivery));
    await outcome;
  });

  test("refuses later sends, and may be done twice", async () => {
    const { delivery, closedSessions } = createScripted([]);
    await delivery[Symbol.asyncDispose]();
    await delivery[Symbol.asyncDispose]();
    await expect(delivery.send(topic, [record("a")])).rejects.toMatchObject({ code: "closed" });
    expect(closedSessions).toEqual([0]);
  });
});
