import { describe, expect, test } from "@jest/globals";
import { parseOwned, parseSubjects } from "./subjects.ts";

const entry = { subject: "a-value", topic: "a", record: "a", compatibility: "FULL" };
const text = (subjects: unknown) => JSON.stringify({ subjects });

describe("subjects.json", () => {
  test("gives its entries", () => {
    expect(parseSubjects(text([entry]), "subjects.json")).toEqual([entry]);
  });

  test("may own beginnings of names", () => {
    expect(parseOwned(JSON.stringify({ owns: ["orders."], subjects: [entry] }), "s")).toEqual(["orders."]);
    expect(parseOwned(text([entry]), "s")).toEqual([]);
  });

  test.each([
    ["owns everything", JSON.stringify({ owns: [""], subjects: [] }), /\/owns\/0: would own every subject/],
    ["is not JSON", "{", /^s\/subjects\.json:1:2: not JSON: /],
    ["has no list", "{}", /^s\/subjects\.json:1:1: \/subjects: /],
    ["has an unknown level", text([{ ...entry, compatibility: "SOME" }]), /\/subjects\/0\/compatibility: /],
    [
      "leads out of the folder",
      text([{ ...entry, record: "../a" }]),
      /\/subjects\/0\/record: is not the name/,
    ],
    ["has a key too many", text([{ ...entry, level: "FULL" }]), /\/subjects\/0: .*level/],
  ])("that %s is refused with its path and the place in it", (_what, content, message) => {
    expect(() => parseSubjects(content, "s/subjects.json")).toThrow(message);
  });
});
