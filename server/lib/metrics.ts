// Metrics for Prometheus: one registry per process, made here, with helpers that read values at scrape time. No trading word lives here.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** One sample of a gauge: its labels and value. */
export interface Sample {
  labels?: Record<string, string>;
  value: number;
}

export interface Metrics {
  readonly contentType: string;
  /** The exposition text. */
  text(): Promise<string>;
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** `buckets` are upper bounds in the unit the name ends in. */
  histogram<L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labels?: readonly L[],
  ): Histogram<L>;
  /** A gauge whose samples are read when somebody asks, so nothing is computed between scrapes. It has none while they cannot be read. */
  gauge(
    name: string,
    help: string,
    labels: readonly string[],
    read: () => Sample[] | Promise<Sample[]>,
  ): void;
}

/** A registry with Node's own figures (memory, event loop, handles) and whatever the parts register. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: labels, registers }),
    histogram: (name, help, buckets, labels = []) =>
      new Histogram({ name, help, buckets, labelNames: labels, registers }),
    gauge: (name, help, labels, read) =>
      void new Gauge({
        name,
        help,
        labelNames: labels,
        registers,
        async collect() {
          const samples = await Promise.resolve()
            .then(read)
            .catch((): Sample[] => []);
          this.reset();
          for (const sample of samples) this.set(sample.labels ?? {}, sample.value);
        },
      }),
  };
}
