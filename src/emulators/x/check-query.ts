/**
 * Query parameters held against what an endpoint knows; each finding is worded and placed as X does.
 */
import type { InvalidParameter } from "./problems.ts";

/** One entry for each parameter that is not in `known`. */
export function checkNames(query: URLSearchParams, known: readonly string[]): InvalidParameter[] {
  return [...new Set(query.keys())]
    .filter((name) => !known.includes(name))
    .map((name) =>
      invalid(name, query.getAll(name), `The query parameter [${name}] is not one of [${known.join(",")}]`),
    );
}

export function invalid(name: string, values: readonly string[], message: string): InvalidParameter {
  return { parameters: { [name]: values }, message };
}

/** A comma-separated list that must not be empty, repeat itself, or hold what is not in `allowed`. */
export function readList(
  query: URLSearchParams,
  name: string,
  allowed: readonly string[],
  problems: InvalidParameter[],
): readonly string[] | undefined {
  if (!query.has(name)) return undefined;
  const values = query.getAll(name).flatMap((part) => part.split(","));
  for (const value of values) {
    if (!allowed.includes(value)) {
      problems.push(
        invalid(
          name,
          values,
          `The \`${name}\` query parameter value [${value}] is not one of [${allowed.join(",")}]`,
        ),
      );
    }
  }
  if (new Set(values).size < values.length) {
    problems.push(invalid(name, values, `The \`${name}\` query parameter values must be unique`));
  }
  return values;
}

/** An integer from `min` to `max`. */
export function readInteger(
  query: URLSearchParams,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
  problems: InvalidParameter[],
): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^-?[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  problems.push(
    invalid(name, [text], `The \`${name}\` query parameter value [${text}] is not between ${min} and ${max}`),
  );
  return undefined;
}

/** `true` or `false`; absent is false. */
export function readFlag(query: URLSearchParams, name: string, problems: InvalidParameter[]): boolean {
  const text = query.get(name);
  if (text === null || text === "false") return false;
  if (text === "true") return true;
  problems.push(
    invalid(name, [text], `The \`${name}\` query parameter value [${text}] is not one of [true,false]`),
  );
  return false;
}
