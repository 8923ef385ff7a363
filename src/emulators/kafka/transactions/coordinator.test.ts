import { describe, expect, test } from "@jest/globals";
import { createManualClock } from "../../../kernel/clock.ts";
import { createGroupCoordinator } from "../groups/coordinator.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { createTransactionCoordinator } from "./coordinator.ts";

function openCoordinator() {
  const clock = createManualClock();
  let nextProducerId = 100;
  const transactions = createTransactionCoordinator({
    clock,
    groups: createGroupCoordinator({ clock, minSessionTimeoutMs: 6_000 }),
    newProducerId: () => nextProducerId++,
  });
  const init = (transactionalId: string) =>
    transactions.init({ transactionalId, timeoutMs: 1_000, producerId: -1, producerEpoch: -1 });
  return { clock, transactions, init };
}

describe("transactional ids", () => {
  test("get another producer id when the epochs of one are used up", () => {
    const { init } = openCoordinator();
    for (let epoch = 0; epoch <= 32_766; epoch++) {
      expect(init("x")).toEqual({ kind: "producer", producerId: 100, producerEpoch: epoch });
    }
    expect(init("x")).toEqual({ kind: "producer", producerId: 101, producerEpoch: 0 });
  });

  test("that lie idle give way when there are too many, those with an open transaction do not", () => {
    const { transactions, init } = openCoordinator();
    const x = { transactionalId: "x", producerId: 100, producerEpoch: 0 };
    init("x");
    transactions.add(x, { groupId: "g" });
    for (let n = 0; n < 10_001; n++) init(`other ${n}`);
    expect(transactions.check(x, "g")).toBe(ErrorCode.none);
    expect(init("other 10000")).toMatchObject({ producerEpoch: 1 });
    expect(init("other 0")).toMatchObject({ producerEpoch: 0 });
    transactions.close();
  });

  test("are refused to new producers when all have a transaction open", () => {
    const { transactions, init } = openCoordinator();
    for (let n = 0; n < 10_000; n++) {
      init(`x ${n}`);
      const producer = { transactionalId: `x ${n}`, producerId: 100 + n, producerEpoch: 0 };
      transactions.add(producer, { groupId: "g" });
    }
    expect(init("one more")).toEqual({ kind: "refused", code: ErrorCode.coordinatorNotAvailable });
    transactions.close();
  });
});
