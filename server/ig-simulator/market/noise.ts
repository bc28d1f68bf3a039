// Seeded fractal noise: pure functions of (seed, time) that behave like market returns. Knows no instrument.
import { hashText, mix } from '../random.ts';

/** Octaves from 1 s to 4^11 s (48 days), each four times as slow and twice as strong as the one before. */
const octaves = 12;
const firstPeriodMs = 1_000;
/** Scales the sum so that its change over one day has a standard deviation near 1 (measured over 4,000 days). */
const dayScale = 1 / 265;

export interface Noise {
  /** The value at `atMs`; its changes over a day have a standard deviation near 1. */
  at(atMs: number): number;
  /** Bounds that every value within [fromMs, toMs] respects; tight for short spans. */
  range(fromMs: number, toMs: number): { low: number; high: number };
}

const smooth = (x: number) => x * x * (3 - 2 * x);

export function createNoise(seed: string): Noise {
  const layers = Array.from({ length: octaves }, (_, k) => ({
    seed: hashText(`${seed}/${k}`),
    periodMs: firstPeriodMs * 4 ** k,
    weight: 2 ** k * dayScale,
  }));
  type Layer = (typeof layers)[number];
  const knot = (layer: Layer, i: number) => mix(layer.seed, i) / 0x8000_0000 - 1;
  const value = (layer: Layer, atMs: number) => {
    const x = atMs / layer.periodMs;
    const i = Math.floor(x);
    const from = knot(layer, i);
    return from + (knot(layer, i + 1) - from) * smooth(x - i);
  };
  return {
    at(atMs) {
      let sum = 0;
      for (const layer of layers) sum += layer.weight * value(layer, atMs);
      return sum;
    },
    range(fromMs, toMs) {
      let low = 0;
      let high = 0;
      for (const layer of layers) {
        const first = Math.floor(fromMs / layer.periodMs);
        const last = Math.floor(toMs / layer.periodMs);
        let least = -1;
        let most = 1;
        if (last - first <= 3) {
          // between two knots the curve is monotone: ends and knots are its extremes
          const [a, b] = [value(layer, fromMs), value(layer, toMs)];
          least = Math.min(a, b);
          most = Math.max(a, b);
          for (let i = first + 1; i <= last; i++) {
            const at = knot(layer, i);
            least = Math.min(least, at);
            most = Math.max(most, at);
          }
        }
        low += layer.weight * least;
        high += layer.weight * most;
      }
      return { low, high };
    },
  };
}
