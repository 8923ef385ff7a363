/**
 * Numbers as text, where JavaScript's own form is not the one wanted.
 */

/** The shortest number text that reads back as the same 32-bit float: 0.1, not 0.10000000149011612. */
export function shortestFloat(value: number): number {
  // The texts of -0 have no sign.
  if (value === 0 || !Number.isFinite(value) || Math.fround(value) !== value) return value;
  for (let digits = 1; digits <= 9; digits += 1) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}

/** JSON text of a double: NaN and the infinities as strings, the sign of -0 kept. */
export function formatJsonDouble(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0";
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

/**
 * A double as Java's Double.toString gives it, which is what Spark shows: always a fraction, and an exponent below
 * 1e-3 and from 1e7 on.
 */
export function formatJavaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return text.includes(".") ? text : `${text}.0`;
  }
  const [mantissa = "", exponent = ""] = value.toExponential().split("e");
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}
