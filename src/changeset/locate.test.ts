import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { childPointer } from "../avro/pointer.ts";
import { locatePointer } from "./locate.ts";

const text = `{
  "type": "record",
  "name": "A",
  "fields": [
    { "name": "id", "type": "long" },
    { "name": "a/b~c", "type":
      ["null", "string"], "x": { "y": [ { }, 1, "]}\\"" ] } }
  ]
}
`;

describe("a pointer", () => {
  test.each([
    ["", 1, 1],
    ["/", 1, 1],
    ["/name", 3, 11],
    ["/fields", 4, 13],
    ["/fields/0", 5, 5],
    ["/fields/0/type", 5, 29],
    ["/fields/1/type/1", 7, 16],
    ["/fields/1/x/y/2", 7, 49],
  ])("%j is at line %i, column %i", (pointer, line, column) => {
    expect(locatePointer(text, pointer)).toEqual({ line, column });
  });

  test.each([
    ["/fields/0/type/2", "a branch of what is no union", 5, 29],
    ["/fields/7", "an item that is not there", 4, 13],
    ["/fields/0/doc", "a key that is not there", 5, 5],
    ["/__proto__/constructor", "names that every object has", 1, 1],
  ])("%j, %s, is at the deepest place above it", (pointer, _what, line, column) => {
    expect(locatePointer(text, pointer)).toEqual({ line, column });
  });

  test.each(["", "{", '{"a', '{"a":', "[1,", '{"a" "b"}', "]"])("into %j ends at the start", (broken) => {
    expect(locatePointer(broken, "/a/b").line).toBe(1);
  });

  test("leads to every value of any JSON, in any layout", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, "\t"), (value, indent) => {
        // In a list, since "/" alone is the root and not the key "".
        const whole = [value];
        const printed = JSON.stringify(whole, null, indent);
        const visit = (part: unknown, pointer: string): void => {
          const { line, column } = locatePointer(printed, pointer);
          const lines = printed.split("\n").slice(line - 1);
          const rest = [lines[0]?.slice(column - 1), ...lines.slice(1)].join("\n");
          const start = JSON.stringify(part, null, indent).trimStart().slice(0, 1);
          expect(rest.startsWith(start)).toBe(true);
          if (typeof part === "string") expect(rest.startsWith(JSON.stringify(part))).toBe(true);
          if (Array.isArray(part)) part.forEach((item, at) => void visit(item, childPointer(pointer, at)));
          else if (typeof part === "object" && part !== null) {
            for (const [key, item] of Object.entries(part)) visit(item, childPointer(pointer, key));
          }
        };
        visit(whole, "");
      }),
      { numRuns: 200 },
    );
  });
});
