import { expect, test } from "@jest/globals";
import { createPrintLedger } from "./print-ledger.ts";

const value = (id: number) => ({ id: String(id), text: `text ${id}` });
const written = [value(0), value(1), value(2)];

function open() {
  let now = 0;
  const ledger = createPrintLedger(() => now);
  const print = (...offsets: readonly number[]) => {
    for (const offset of offsets) ledger.add({ partition: 0, offset, value: value(offset) });
  };
  const passed = (ms: number) => {
    now += ms;
  };
  return { ledger, print, passed };
}

test("A record that was never printed is lost, and one with another text altered", () => {
  const { ledger, print } = open();
  print(0);
  ledger.add({ partition: 0, offset: 1, value: { id: "1", text: "other" } });
  expect(ledger.judge(written)).toMatchObject({ printed: 2, lost: 1, altered: 1, repeats: 0 });
});

test("A repeat of what was not committed is one, and of what was committed a foreign one", () => {
  const { ledger, print, passed } = open();
  print(0, 1, 2);
  ledger.committed([{ partition: 0, nextOffset: 1 }]);
  passed(10_000);
  print(1, 2);
  expect(ledger.judge(written)).toMatchObject({ lost: 0, repeats: 2, foreign: [] });
  print(0);
  expect(ledger.judge(written)).toMatchObject({ repeats: 3, foreign: [expect.stringMatching(/^0:0 again/)] });
});

test("A commit of the same moment is not held against a line that was read late", () => {
  const { ledger, print, passed } = open();
  print(0, 1);
  ledger.committed([{ partition: 0, nextOffset: 2 }]);
  passed(100);
  print(1);
  expect(ledger.judge(written).foreign).toEqual([]);
});
