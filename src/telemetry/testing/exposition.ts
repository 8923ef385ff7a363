/**
 * A strict reader of Prometheus's text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), for tests:
 * what it does not know is an error, and so is what a scrape would refuse or lint would mark.
 */
export interface Family {
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary" | "untyped";
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const name = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const helpLine = new RegExp(`^# HELP (${name}) ((?:[^\\\\]|\\\\\\\\|\\\\n)+)$`);
const typeLine = new RegExp(`^# TYPE (${name}) (counter|gauge|histogram|summary|untyped)$`);
const sampleLine = new RegExp(`^(${name})(?:\\{(.*)\\})? (\\S+)$`);
const labelPart = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/y;
const number = /^(?:[+-]?Inf|NaN|[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/** Throws with the line that is wrong. */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no ending");
  const families = new Map<string, { help: string; type: Family["type"]; samples: Sample[] }>();
  const seen = new Set<string>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "") continue;
    const [, helped, help = ""] = helpLine.exec(line) ?? [];
    if (helped !== undefined) {
      if (families.has(helped)) throw new Error(`a second family of ${helped}`);
      families.set(helped, { help, type: "untyped", samples: [] });
      current = helped;
      continue;
    }
    const [, typed, type] = typeLine.exec(line) ?? [];
    const family = families.get(current);
    if (typed !== undefined) {
      if (typed !== current || family === undefined || family.samples.length > 0) {
        throw new Error(`a TYPE out of its place: ${line}`);
      }
      family.type = type as Family["type"];
      continue;
    }
    const [, sampled, labelText, value = ""] = sampleLine.exec(line) ?? [];
    if (sampled === undefined || family === undefined || !number.test(value)) {
      throw new Error(`not a line of the format: ${line}`);
    }
    const allowed = { histogram: ["_bucket", "_sum", "_count"], summary: ["", "_sum", "_count"] };
    const endings: readonly string[] =
      family.type === "histogram" || family.type === "summary" ? allowed[family.type] : [""];
    if (!endings.some((ending) => sampled === current + ending)) {
      throw new Error(`a sample outside of its family: ${line}`);
    }
    const labels = parseLabels(labelText ?? "", line);
    const key = `${sampled}${JSON.stringify(Object.entries(labels).sort())}`;
    if (seen.has(key)) throw new Error(`a sample twice: ${line}`);
    seen.add(key);
    family.samples.push({ name: sampled, labels, value: toNumber(value) });
  }
  for (const [each, family] of families) checkFamily(each, family);
  return families;
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  labelPart.lastIndex = 0;
  while (labelPart.lastIndex < text.length) {
    const [, label, value = ""] = labelPart.exec(text) ?? [];
    if (label === undefined || label in labels) throw new Error(`labels that are none: ${line}`);
    labels[label] = value.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
  }
  return labels;
}

function toNumber(text: string): number {
  return text.endsWith("Inf") ? Number(text.replace("Inf", "Infinity")) : Number(text);
}

function checkFamily(name: string, { type, samples }: Family): void {
  if (type === "counter") {
    if (!name.endsWith("_total")) throw new Error(`a counter not named _total: ${name}`);
    if (samples.some(({ value }) => !(value >= 0))) throw new Error(`a counter below zero: ${name}`);
  }
  // prom-client's own gauges of Node are named so.
  if (type !== "counter" && /^(?!nodejs_).*_total$/.test(name))
    throw new Error(`no counter, and named _total: ${name}`);
  if (type !== "histogram") return;
  const series = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = JSON.stringify(Object.entries(sample.labels).filter(([label]) => label !== "le"));
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const rows of series.values()) checkHistogram(name, rows);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const counts = buckets.map(({ value }) => value);
  const bounds = buckets.map(({ labels }) => toNumber((labels.le ?? "").replace("+", "")));
  const isRising = (values: readonly number[]) =>
    values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0));
  if (!isRising(counts) || !isRising(bounds)) throw new Error(`buckets out of order: ${name}`);
  const count = samples.find((sample) => sample.name === `${name}_count`)?.value;
  if (samples.length > 0 && (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== count)) {
    throw new Error(`the last bucket is not the count: ${name}`);
  }
}

/** The value of the one sample with these labels. */
export function readSample(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels);
  return families
    .get(name)
    ?.samples.find((sample) => wanted.every(([label, value]) => sample.labels[label] === value))?.value;
}
