import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createRenderer, formats, type RendererOptions } from "./renderer.ts";
import { recordOf, recordSchema, tweetSchema } from "./testing/records.ts";

describe("createRenderer", () => {
  test.each(formats)("shows a tweet as %s", (kind) => {
    const options: RendererOptions = { kind, schema: tweetSchema, template: "{text}" };
    const renderer = createRenderer(options);
    const record = recordOf({ created_at: "2024-02-29", id: "1", text: "hello" });
    const text = renderer.kind === "lines" ? renderer.render(record) : renderer.render([record], 0).text;
    expect(text).toContain("hello");
    expect(text.endsWith("\n")).toBe(true);
    expect(renderer.kind).toBe(kind === "table" ? "batches" : "lines");
  });

  test.each(formats)("prints nothing as %s that a terminal would act on", (kind) => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        ...'\u0000\u0007\b\t\n\v\f\r\u001b\u007f\u0085\u009b\u009d\u061c\u200e\u202e\u2066\u2028\u2029\ud800a=,"',
        "\u001b]52;c;QUFB\u0007",
        "\u001b[31m",
        "日本",
      ),
    });
    // What is left is the format's own: ends of lines, and tabs in the text of several lines.
    const acts = /(?![\n\t]|\r\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;
    fc.assert(
      fc.property(hostile, hostile, (text, key) => {
        const template = "{text} {@key} {text:json}";
        const options: RendererOptions = { kind, schema: tweetSchema, template, terminal: true };
        const renderer = createRenderer(options);
        const record = recordOf({ created_at: text, id: text, text }, { key: Buffer.from(key) });
        const shown = renderer.kind === "lines" ? renderer.render(record) : renderer.render([record], 0).text;
        expect(acts.exec(shown)).toBeNull();
      }),
      { examples: [["\u001b]52;c;QUFB\u0007\u0000\u202e", "\u009b2J"]] },
    );
  });

  test.each([
    ["{", ""],
    ['"NoSuchType"', ""],
    ["5", ""],
    [recordSchema(["x", "NoSuchType"]), "/fields/0/type"],
    [JSON.stringify({ type: "record", name: "R" }), "/fields"],
    [JSON.stringify({ type: "enum", symbols: [] }), "/name"],
  ])("refuses the schema %s", (schema, path) => {
    for (const kind of formats) {
      expect(() => createRenderer({ kind, schema, template: "" })).toThrow(
        expect.objectContaining({ code: "invalid-schema", details: { path } }),
      );
    }
  });

  test("finds named types across namespaces and through nested type objects", () => {
    const schema = JSON.stringify({
      type: "record",
      name: "a.Outer",
      fields: [
        { name: "one", type: { type: "fixed", name: "b.Id", size: 1 } },
        { name: "two", type: "b.Id" },
        { name: "three", type: { type: { type: "enum", name: "Local", symbols: ["x"] } } },
        { name: "four", type: ["null", "Local"] },
      ],
    });
    const id = Buffer.from("A");
    expect(
      createRenderer({ kind: "avro-json", schema }).render(
        recordOf({ one: id, two: id, three: "x", four: "x" }),
      ),
    ).toBe('{"one":"A","two":"A","three":"x","four":{"a.Local":"x"}}\n');
  });
});
