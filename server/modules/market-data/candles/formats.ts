// Candles as rows, as columns and as CSV. Pure.
import {
  candlePriceNames,
  type Candle,
  type CandleColumns,
  type CandleFormat,
  type CandleGap,
  type CandlePage,
} from '../../../../shared/candles.ts';

type About = Omit<Extract<CandlePage, { format: 'rows' }>, 'format' | 'candles'>;

export function formatted(about: About, candles: Candle[], format: CandleFormat): CandlePage {
  if (format === 'columns') return { ...about, format, columns: toColumns(candles) };
  if (format === 'csv') return { ...about, format, csv: toCsv(candles) };
  return { ...about, format, candles };
}

export function toColumns(candles: readonly Candle[]): CandleColumns {
  const sides = (name: (typeof candlePriceNames)[number]) => ({
    bid: candles.map((candle) => candle[name].bid),
    offer: candles.map((candle) => candle[name].offer),
  });
  return {
    startAt: candles.map(({ startAt }) => startAt),
    endAt: candles.map(({ endAt }) => endAt),
    open: sides('open'),
    high: sides('high'),
    low: sides('low'),
    close: sides('close'),
    ticks: candles.map(({ ticks }) => ticks),
    complete: candles.map(({ complete }) => complete),
    revision: candles.map(({ revision }) => revision),
  };
}

const csvHeader = [
  'startAt',
  'endAt',
  ...(['bid', 'offer'] as const).flatMap((side) =>
    candlePriceNames.map((name) => `${side}${name[0]!.toUpperCase()}${name.slice(1)}`),
  ),
  'ticks',
  'complete',
  'revision',
].join(',');

const mostGapsInHeader = 50;
/** What CSV has no column for, as a header of HTTP: `FROM/TO;reason=WHY, …`, 50 at most, then `more=COUNT`. */
export function gapsHeader(gaps: readonly CandleGap[]): string {
  const told = gaps
    .slice(0, mostGapsInHeader)
    .map(({ from, to, reason }) => `${from.toISOString()}/${to.toISOString()};reason=${reason}`);
  const left = gaps.length - told.length;
  return [...told, ...(left > 0 ? [`more=${left}`] : [])].join(', ');
}

/** RFC 4180 without a field that needs quotes: instants, decimals and words. */
export function toCsv(candles: readonly Candle[]): string {
  const lines = candles.map((candle) =>
    [
      candle.startAt.toISOString(),
      candle.endAt.toISOString(),
      ...(['bid', 'offer'] as const).flatMap((side) =>
        candlePriceNames.map((name) => candle[name][side] ?? ''),
      ),
      candle.ticks,
      candle.complete,
      candle.revision,
    ].join(','),
  );
  return [csvHeader, ...lines, ''].join('\r\n');
}
