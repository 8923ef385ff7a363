import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { elementsOf, skipValue, walkObject } from "./json-slices.ts";

function slices(text: string): [string, string][] {
  const found: [string, string][] = [];
  walkObject(text, 0, (name, start) => {
    const end = skipValue(text, start);
    found.push([name, text.slice(start, end)]);
    return end;
  });
  return found;
}

describe("the members of an object", () => {
  test.each([
    ["{}", []],
    ['{"a":1}', [["a", "1"]]],
    [
      ' { "a" : [ 1 , {"b":"}"} ] , "c" : null } ',
      [
        ["a", '[ 1 , {"b":"}"} ]'],
        ["c", "null"],
      ],
    ],
    [
      String.raw`{"a":"\\","b":"\\\"","c":"\""}`,
      [
        ["a", String.raw`"\\"`],
        ["b", String.raw`"\\\""`],
        ["c", String.raw`"\""`],
      ],
    ],
    [
      String.raw`{"\u0061\"":1.50e3,"t":"\ud800"}`,
      [
        ['a"', "1.50e3"],
        ["t", String.raw`"\ud800"`],
      ],
    ],
  ])("of %s are cut out character for character", (text, expected) => {
    expect(slices(text)).toEqual(expected);
  });

  test("are found in any JSON, however it is spaced", () => {
    const space = fc.constantFrom(0, 1, "\t", " \n ");
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), space, (object, indent) => {
        const text = JSON.stringify(object, null, indent);
        const pairs = slices(text).map(([name, json]) => [name, JSON.parse(json)]);
        expect(Object.fromEntries(pairs)).toEqual(JSON.parse(text));
        expect(pairs).toHaveLength(Object.keys(object).length);
        expect(walkObject(text, 0, (_name, start) => skipValue(text, start))).toBe(text.length);
      }),
    );
  });

  test("elements of an array are found in any JSON", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 1), (array, indent) => {
        const text = JSON.stringify(array, null, indent);
        const found = elementsOf(text, 0).map((at) => JSON.parse(text.slice(at, skipValue(text, at))));
        expect(found).toEqual(JSON.parse(text));
      }),
    );
  });
});
