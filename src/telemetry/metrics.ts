/**
 * Metrics in Prometheus's text format, over prom-client: the one file that knows it. Numbers are not counted twice:
 * what a run counts anyway is read when somebody asks. Names: prometheus.io/docs/practices/naming.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { MetricsPage } from "./health-server.ts";

export type Labels = Readonly<Record<string, string>>;
/** A number, or one for each set of labels. */
export type Reading = number | readonly (readonly [Labels, number])[];

export interface MetricSpec {
  /** After `birdwire_`; a counter's ends in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

export interface Metrics extends MetricsPage {
  /** A number that only grows. An absent reading is left out. */
  counter(spec: MetricSpec, read: () => Reading | null): void;
  /** A number as it is now. */
  gauge(spec: MetricSpec, read: () => Reading | null | Promise<Reading | null>): void;
  /** The returned function takes one observation. */
  histogram(spec: MetricSpec, buckets: readonly number[]): (value: number) => void;
}

const prefix = "birdwire_";

/** With what Node tells of the process and `birdwire_build_info`. */
export function createMetrics(build: Labels): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics: Metrics = {
    contentType: registry.contentType,
    // What was not measured yet prom-client prints as `Nan`, which the format does not know.
    render: async () => (await registry.metrics()).replace(/^.* Nan\n/gm, ""),
    counter({ name, help, labels = [] }, read) {
      if (!name.endsWith("_total")) throw new TypeError(`a counter's name ends in _total: ${name}`);
      new Counter({
        name: prefix + name,
        help,
        labelNames: [...labels],
        registers: [registry],
        collect() {
          this.reset();
          for (const [given, value] of rowsOf(read())) this.inc({ ...given }, value);
          // A metric with labels has no row until something has happened.
        },
      });
    },
    gauge({ name, help, labels = [] }, read) {
      new Gauge({
        name: prefix + name,
        help,
        labelNames: [...labels],
        registers: [registry],
        async collect() {
          const rows = rowsOf(await read());
          this.reset();
          if (rows.length === 0 && labels.length === 0) this.remove();
          for (const [given, value] of rows) this.set({ ...given }, value);
        },
      });
    },
    histogram({ name, help }, buckets) {
      const histogram = new Histogram({
        name: prefix + name,
        help,
        buckets: [...buckets],
        registers: [registry],
      });
      return (value) => histogram.observe(value);
    },
  };
  metrics.gauge({ name: "build_info", help: "What runs here; always 1.", labels: Object.keys(build) }, () => [
    [build, 1],
  ]);
  return metrics;
}

function rowsOf(reading: Reading | null): readonly (readonly [Labels, number])[] {
  if (reading === null) return [];
  return typeof reading === "number" ? [[{}, reading]] : reading;
}

/** A reading with one label. */
export function byLabel(label: string, counts: Iterable<readonly [string, number]>): Reading {
  return [...counts].map(([value, count]) => [{ [label]: value }, count] as const);
}
