import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createTemplateRenderer } from "./template.ts";
import { everything, everythingSchema, recordOf, recordSchema } from "./testing/records.ts";

function show(template: string, value: unknown = everything, terminal = false): string {
  return createTemplateRenderer({ kind: "template", schema: everythingSchema, template, terminal }).render(
    recordOf(value),
  );
}

function refusal(template: string): { message: string; position: unknown } {
  try {
    show(template);
  } catch (error) {
    const { message, details, code } = error as {
      message: string;
      code: string;
      details: Record<string, unknown>;
    };
    expect(code).toBe("invalid-template");
    expect(details.text).toBe(template);
    return { message, position: details.position };
  }
  throw new Error(`${template} was taken`);
}

describe("template", () => {
  test.each([
    ["{count}: {lang}", "-3: de\n"],
    ["", "\n"],
    ["{{id}} \\t\\\\n\\r", "{id} \t\\n\r\n"],
    ["{author.name}", "Ada\n"],
    ["{author.pinned.name:json}", '"Bo\\nb"\n'],
    ["{author.pinned.pinned.name}|", "|\n"],
    ["{author.pinned.pinned.name:json}", "null\n"],
    ["{tags[1]} {tags[7]}.", 'two "quoted" .\n'],
    ["{tags}", '["one","two \\"quoted\\""]\n'],
    ["{counts.likes} {counts.none}.", "5 .\n"],
    ["{big} {at} {price} {raw} {flag}", "9007199254740993 2024-02-29T09:00:00.120Z -1.50 AP8b true\n"],
    ["{nothing}.", ".\n"],
    ["{wrapped.name} {bare}", "Cy text\n"],
    ["{@topic}[{@partition}]@{@offset} {@timestamp}", "twitter[2]@1234 2024-02-29T09:00:00.123Z\n"],
    ["{@key} {@writer.id}/{@writer.version}", "1700000000000000102 7/1\n"],
  ])("prints %j as %j", (template, expected) => {
    expect(show(template)).toBe(expected);
  });

  test("prints a path through a list as the list of what it finds", () => {
    const item = { type: "record", name: "Rule", fields: [{ name: "tag", type: ["null", "string"] }] };
    const schema = recordSchema(["rules", { type: "array", items: item }]);
    const renderer = createTemplateRenderer({ kind: "template", schema, template: "{rules.tag}" });
    const rules = [{ tag: "a" }, { tag: null }, { tag: 'b"' }];
    expect(renderer.render(recordOf({ rules }))).toBe('["a",null,"b\\""]\n');
    expect(renderer.render(recordOf({ rules: [] }))).toBe("[]\n");
  });

  test("prints empty values for a record without one", () => {
    expect(show("[{count}|{author.name}|{@offset}]", null)).toBe("[||1234]\n");
  });

  test("takes the whole value of a schema that is no record as value", () => {
    const renderer = createTemplateRenderer({ kind: "template", schema: '"long"', template: "<{value}>" });
    expect(renderer.render(recordOf(5n))).toBe("<5>\n");
  });

  test("shows a terminal nothing it would act on, in values", () => {
    const value = { ...everything, lang: "x\u001b[31m\u0000\n\u202e" };
    expect(show("{lang}", value)).toBe("x\u001b[31m\u0000\n\u202e\n");
    expect(show("\\t{lang}", value, true)).toBe("\tx\\u001b[31m\\u0000\\n\\u202e\n");
  });

  test.each([
    ["{conut}", 2, "did you mean count?"],
    ["{author.nam}", 9, "there is no field nam in author; did you mean name?"],
    ["{count.x}", 8, "count is a number and has no fields"],
    ["{count[0]}", 7, "count is a number, not a list"],
    ["{tags[x]}", 6, "a number in brackets"],
    ["ab {", 5, "a field's name"],
    ["ab {count", 4, "this { has no }"],
    ["{count!}", 7, "} or :json}"],
    ["a}b", 2, "this } has no {"],
    ["{}", 2, "a field's name"],
    ["\\x", 1, "is no escape"],
    ["tail\\", 5, "is no escape"],
    ["{@ofset}", 3, "did you mean offset?"],
    ["{__proto__}", 2, "there is no field __proto__"],
    ["{count.constructor}", 8, "has no fields"],
  ])("refuses %s at character %d", (template, position, says) => {
    const refused = refusal(template);
    expect(refused.position).toBe(position);
    expect(refused.message).toContain(says);
  });

  test("names the fields there are when none is near", () => {
    expect(refusal("{wholly_other}").message).toContain("; there are nothing, flag, count");
  });

  test("takes or refuses any text at all, and never fails otherwise", () => {
    const word = fc.constantFrom(
      "{",
      "}",
      "count",
      "author",
      ".",
      "[",
      "0",
      "]",
      "\\",
      "n",
      ":json",
      "@",
      " ",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const template = words.join("");
        try {
          expect(show(template).endsWith("\n")).toBe(true);
        } catch (error) {
          expect((error as { code: unknown }).code).toBe("invalid-template");
        }
      }),
      { numRuns: 1000 },
    );
  });
});
