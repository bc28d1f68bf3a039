// A figure from day to day as a line. A day without one leaves a gap.
import {
  AreaSeries,
  BaselineSeries,
  createChart,
  LineType,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from 'lightweight-charts';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { chartOptions, onThemeChange, paletteOf, themedOptions } from './chart-look.ts';

interface LineChartProps {
  /** Days in order, each once. */
  points: readonly { on: string; at: number | null }[];
  /** Above and below zero differ: of a return. */
  signed?: boolean;
  text(at: number): string;
}
interface Drawn {
  chart: IChartApi;
  series: ISeriesApi<'Area' | 'Baseline'>;
}

export function LineChart({ points, signed = false, text }: LineChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(undefined);
  const [theme, setTheme] = useState(0);
  const format = useRef(text);
  format.current = text;
  useLayoutEffect(() => {
    // A day is drawn as its own UTC midnight, whatever the zone of whoever looks.
    const options = chartOptions({ intraday: false, seconds: false, timeZone: 'UTC' });
    const chart = createChart(place.current!, options);
    chart
      .timeScale()
      .applyOptions({ fixLeftEdge: true, fixRightEdge: true, lockVisibleTimeRangeOnResize: true });
    const shared = {
      lineWidth: 2 as const,
      lineType: LineType.Simple,
      priceLineVisible: false,
      priceFormat: {
        type: 'custom' as const,
        minMove: 0.0001,
        formatter: (at: number) => format.current(at),
      },
    };
    const series = signed ? chart.addSeries(BaselineSeries, shared) : chart.addSeries(AreaSeries, shared);
    drawn.current = { chart, series };
    const stopTheme = onThemeChange(() => setTheme((before) => before + 1));
    return () => {
      stopTheme();
      drawn.current = undefined;
      chart.remove();
    };
  }, [signed]);
  useLayoutEffect(() => {
    const { chart, series } = drawn.current!;
    const of = paletteOf(place.current!);
    const wash = (name: string, percent: number) =>
      of(name).replace(/^rgba?\(([^)]+)\)$/, (_, rgb: string) => `rgba(${rgb}, ${percent / 100})`);
    chart.applyOptions(themedOptions(place.current!, of));
    series.applyOptions(
      signed
        ? {
            topLineColor: of('--up'),
            topFillColor1: wash('--up', 22),
            topFillColor2: wash('--up', 2),
            bottomLineColor: of('--down'),
            bottomFillColor1: wash('--down', 2),
            bottomFillColor2: wash('--down', 22),
          }
        : { lineColor: of('--accent'), topColor: wash('--accent', 22), bottomColor: wash('--accent', 2) },
    );
  }, [theme, signed]);
  useEffect(() => {
    const { chart, series } = drawn.current!;
    const timeOf = (on: string) => (Date.parse(on) / 1000) as UTCTimestamp;
    series.setData(
      points.map(({ on, at }) => (at === null ? { time: timeOf(on) } : { time: timeOf(on), value: at })),
    );
    chart.timeScale().fitContent();
  }, [points, signed]);
  return <div className="drawing" ref={place} />;
}
