/**
 * The setting `lint`: how severe each rule of `birdwire schemas lint` is, and how fields are named.
 */
import { z } from "zod";
import { isJsonObject } from "../kernel/json.ts";

export const lintRules = [
  "type-name",
  "field-name",
  "doc-missing",
  "ambiguous-union",
  "default-missing",
  "default-wrong",
  "same-name",
  "released-changed",
] as const;
export type LintRule = (typeof lintRules)[number];

export const lintSeverities = ["off", "warning", "error"] as const;
export type LintSeverity = (typeof lintSeverities)[number];

export const fieldNameStyles = ["snake_case", "camelCase", "any"] as const;
export type FieldNameStyle = (typeof fieldNameStyles)[number];

export interface LintSettings {
  /** Rules that are not named keep the severity they have by themselves. */
  readonly rules: ReadonlyMap<LintRule, LintSeverity>;
  readonly fieldNames: FieldNameStyle;
}

export type LintParse =
  | { readonly kind: "parsed"; readonly settings: LintSettings }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * `{rules: {"doc-missing": "off"}, fieldNames: "camelCase"}`, or a text (or list of texts) with a `RULE=SEVERITY`
 * each, several with commas.
 */
export function parseLintSettings(value: unknown): LintParse {
  if (typeof value === "string" || Array.isArray(value)) return parsePairs(value);
  if (!isJsonObject(value)) return { kind: "refused", reason: "is not an object with rules and fieldNames" };
  const { rules = {}, fieldNames = "snake_case", ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    return {
      kind: "refused",
      reason: `has the key ${JSON.stringify(unknown)}; there are: rules, fieldNames`,
    };
  }
  const style = fieldNameStyles.find((candidate) => candidate === fieldNames);
  if (style === undefined) {
    return { kind: "refused", reason: `has fieldNames that are not one of ${fieldNameStyles.join(", ")}` };
  }
  if (!isJsonObject(rules)) return { kind: "refused", reason: "has rules that are no object" };
  return collect(Object.entries(rules), style);
}

function parsePairs(value: string | readonly unknown[]): LintParse {
  const pairs = [value].flat().flatMap((text) => String(text).split(","));
  const entries = pairs
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "")
    .map((pair): [string, unknown] => {
      const at = pair.indexOf("=");
      return at === -1 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)];
    });
  return collect(entries, "snake_case");
}

function collect(entries: readonly (readonly [string, unknown])[], fieldNames: FieldNameStyle): LintParse {
  const rules = new Map<LintRule, LintSeverity>();
  for (const [name, severity] of entries) {
    const rule = lintRules.find((candidate) => candidate === name);
    if (rule === undefined) {
      const reason = `names the rule ${JSON.stringify(name)}; there are: ${lintRules.join(", ")}`;
      return { kind: "refused", reason };
    }
    const found = lintSeverities.find((candidate) => candidate === severity);
    if (found === undefined) {
      return { kind: "refused", reason: `sets ${rule} to something else than ${lintSeverities.join(", ")}` };
    }
    rules.set(rule, found);
  }
  return { kind: "parsed", settings: { rules, fieldNames } };
}

export const lintSetting = z.unknown().transform((value, context): LintSettings => {
  const parsed = parseLintSettings(value);
  if (parsed.kind === "parsed") return parsed.settings;
  context.addIssue({ code: "custom", message: parsed.reason });
  return z.NEVER;
});
