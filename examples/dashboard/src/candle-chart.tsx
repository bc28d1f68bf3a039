// The drawing of a chart: bars, a line for each level, and a handle at each that can be dragged. A chunk of its own, loaded with the first chart:
// the drawing library is larger than the rest of what a visitor waits for.
import {
  CandlestickSeries,
  createChart,
  LineStyle,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type UTCTimestamp,
} from 'lightweight-charts';
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { Bar } from './candles.ts';
import { chartOptions, onThemeChange, paletteOf, themedOptions } from './chart-look.ts';
import { levelAt, spread, type ChartLine, type LineKind } from './chart-lines.ts';
import { levelText } from './format.ts';

export interface CandleChartProps {
  bars: readonly Bar[];
  lines: readonly ChartLine[];
  /** Digits behind the point of what the market quotes. */
  places: number;
  intraday: boolean;
  seconds: boolean;
  /** One that was dragged and is not decided: its line stands there. */
  draft: { key: string; level: string } | undefined;
  /** Nothing is to be dragged now. */
  locked: boolean;
  /** A line was moved; a proposed one also where it stands as before. */
  onDraft(key: string, level: string): void;
  /** The drawing was pressed at a level. */
  onPress(level: string): void;
  /** The line whose handle has the focus once it is there. */
  focused?: string | undefined;
  /** The oldest bar is in sight. */
  onOldest(): void;
}

const colours: Record<LineKind, string> = {
  position: '--text',
  order: '--accent',
  stop: '--down',
  limit: '--up',
  alert: '--warn',
  proposal: '--warn',
};
/** Bars that still hide to the left when older ones are asked for. */
const nearOldest = 10;
/** Handles of one column stand beside each other's lines, and not over each other. */
const columns: readonly LineKind[][] = [
  ['position', 'order'],
  ['stop', 'limit', 'alert', 'proposal'],
];
/** Less wide there is one column, as in styles/chart.css. */
const twoColumnsPx = 520;
const markGapPx = 2;
/** Lines so many heights of the bars away still widen the scale; the handles of others stand at its edge. */
const farHeights = 1;

interface Drawn {
  chart: IChartApi;
  series: ISeriesApi<'Candlestick'>;
  lines: Map<string, IPriceLine>;
}

export default function CandleChart({
  bars,
  lines,
  places,
  intraday,
  seconds,
  draft,
  locked,
  onDraft,
  onPress,
  focused,
  onOldest,
}: CandleChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(undefined);
  const palette = useRef<(name: string) => string>(() => 'gray');
  const handles = useRef(new Map<string, HTMLElement>());
  const toFocus = useRef<string>(undefined); // its handle is hidden until the next drawing
  useEffect(() => void (toFocus.current = focused), [focused]);
  const [dragged, setDragged] = useState<{ key: string; level: string }>();
  const [theme, setTheme] = useState(0);
  const moved = dragged ?? draft;
  const shown = lines.map((line) => (line.key === moved?.key ? { ...line, level: moved.level } : line));
  const now = useRef({ lines, shown, onOldest, onPress });
  now.current = { lines, shown, onOldest, onPress };

  useLayoutEffect(() => {
    const element = place.current!;
    const chart = createChart(element, chartOptions({ intraday, seconds }));
    const series = chart.addSeries(CandlestickSeries, {
      borderVisible: false,
      priceLineStyle: LineStyle.Dotted,
      priceFormat: { type: 'price', precision: places, minMove: 10 ** -places },
      autoscaleInfoProvider: (
        original: () => { priceRange: { minValue: number; maxValue: number } | null } | null,
      ) => {
        const info = original();
        if (!info?.priceRange) return info;
        const { minValue, maxValue } = info.priceRange;
        const far = (maxValue - minValue) * farHeights;
        const levels = now.current.lines
          .map(({ level }) => Number(level))
          .filter((level) => level >= minValue - far && level <= maxValue + far);
        return {
          ...info,
          priceRange: { minValue: Math.min(minValue, ...levels), maxValue: Math.max(maxValue, ...levels) },
        };
      },
    });
    drawn.current = { chart, series, lines: new Map() };
    const put = () => {
      const height = element.clientHeight - chart.timeScale().height();
      for (const column of element.clientWidth < twoColumnsPx ? [columns.flat()] : columns) {
        const marks = now.current.shown.flatMap(({ key, kind, level }) => {
          const [y, handle] = [series.priceToCoordinate(Number(level)), handles.current.get(key)];
          if (!handle || y === null || !column.includes(kind)) return [];
          handle.hidden = false; // before its height is asked for
          if (toFocus.current === key) {
            toFocus.current = undefined;
            handle.focus({ preventScroll: true });
          }
          return [{ y, handle }];
        });
        const mark = (marks[0]?.handle.offsetHeight ?? 0) + markGapPx;
        const places = spread(
          marks.map(({ y }) => y),
          { mark, height },
        );
        marks.forEach(({ y, handle }, at) => {
          handle.style.top = `${places[at]}px`;
          handle.classList.toggle('beyond', y < 0 || y > height);
        });
      }
    };
    series.attachPrimitive({ updateAllViews: put }); // with each drawing: scales move by themselves
    chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < nearOldest) now.current.onOldest();
    });
    chart.subscribeClick(({ point }) => {
      const price = point && series.coordinateToPrice(point.y);
      if (price && price > 0) now.current.onPress(levelAt(price, places));
    });
    const stopTheme = onThemeChange(() => setTheme((before) => before + 1));
    return () => {
      stopTheme();
      drawn.current = undefined;
      chart.remove();
    };
  }, [intraday, seconds, places]);

  useLayoutEffect(() => {
    const { chart, series } = drawn.current!;
    const of = paletteOf(place.current!);
    palette.current = of;
    chart.applyOptions(themedOptions(place.current!, of));
    series.applyOptions({
      upColor: of('--up'),
      wickUpColor: of('--up'),
      downColor: of('--down'),
      wickDownColor: of('--down'),
    });
    for (const { key, kind } of now.current.shown)
      drawn
        .current!.lines.get(key)
        ?.applyOptions({ color: of(colours[kind]), axisLabelColor: of(colours[kind]) });
  }, [theme, intraday, seconds, places]);
  useEffect(() => {
    drawn.current?.series.setData(bars.map((bar) => ({ ...bar, time: bar.time as UTCTimestamp })));
  }, [bars, intraday, seconds, places]);
  useEffect(() => {
    const { series, lines: known } = drawn.current!;
    const of = palette.current;
    for (const [key, line] of known)
      if (!shown.some((each) => each.key === key)) {
        series.removePriceLine(line);
        known.delete(key);
      }
    for (const { key, kind, level } of shown) {
      const options = {
        price: Number(level),
        lineWidth: 1,
        lineStyle:
          moved?.key === key ? LineStyle.Dashed : kind === 'alert' ? LineStyle.LargeDashed : LineStyle.Solid,
        color: of(colours[kind]),
        title: '',
      } as const;
      const line = known.get(key);
      if (line) line.applyOptions(options);
      else known.set(key, series.createPriceLine(options));
    }
  });

  const asked = useRef<string>(undefined);
  useEffect(() => {
    // Whoever has decided goes on at the handle.
    if (!draft && asked.current !== undefined && document.activeElement === document.body)
      handles.current.get(asked.current)?.focus({ preventScroll: true });
    asked.current = draft?.key;
  }, [draft?.key]);

  const heldAt = useRef(0); // how far below its line a handle is held
  const placeUnder = ({ clientY }: PointerEvent) => clientY - place.current!.getBoundingClientRect().top;
  const hold = (event: PointerEvent, { level }: ChartLine) => {
    const y = drawn.current?.series.priceToCoordinate(Number(level)) ?? -1;
    const isInSight = y >= 0 && y <= place.current!.clientHeight;
    heldAt.current = isInSight ? placeUnder(event) - y : 0;
  };
  const levelUnder = (event: PointerEvent): string | undefined => {
    const price = drawn.current?.series.coordinateToPrice(placeUnder(event) - heldAt.current);
    return price === null || price === undefined || price <= 0 ? undefined : levelAt(price, places);
  };
  const drop = () => {
    const isOther = ({ kind, level }: ChartLine) =>
      kind === 'proposal' || Number(level) !== Number(dragged?.level);
    if (dragged && lines.some((line) => line.key === dragged.key && isOther(line)))
      onDraft(dragged.key, dragged.level);
    setDragged(undefined);
  };
  function keyDown(event: KeyboardEvent, line: ChartLine) {
    const step = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (step !== undefined && !locked && !line.busy) {
      const next = Number(line.level) + step * 10 ** -places;
      if (next > 0) setDragged({ key: line.key, level: levelAt(next, places) });
    } else if (event.key === 'Enter') {
      if (line.kind === 'proposal' && !dragged) onDraft(line.key, line.level);
      else drop();
    } else if (event.key === 'Escape' && dragged) {
      event.stopPropagation(); // what lies around it stays open
      setDragged(undefined);
    } else return;
    event.preventDefault();
  }
  const held = (key: string) => (element: HTMLElement | null) => {
    if (element) handles.current.set(key, element);
    else handles.current.delete(key);
  };
  return (
    <div className="drawing" ref={place}>
      {shown.map((line) =>
        line.amends ? (
          <button
            key={line.key}
            ref={held(line.key)}
            type="button"
            hidden
            className={`handle ${line.kind}${moved?.key === line.key ? ' moved' : ''}`}
            aria-label={`${line.label} at ${levelText(line.level)}: arrow keys move it, Enter ${line.amends === 'alert' ? 'takes the level' : 'asks to send'}`}
            title={line.note ?? 'Drag it to another level'}
            aria-disabled={locked || line.busy}
            onPointerDown={(event) => {
              if (locked || line.busy || event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              hold(event, line);
              setDragged({ key: line.key, level: line.level });
            }}
            onPointerMove={(event) => {
              if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
              const level = levelUnder(event);
              if (level !== undefined) setDragged({ key: line.key, level });
            }}
            onPointerUp={drop}
            onPointerCancel={() => setDragged(undefined)}
            onKeyDown={(event) => keyDown(event, line)}
            onBlur={() => setDragged(undefined)}
          >
            ↕ {line.label} <b>{levelText(line.level)}</b> {line.note}
          </button>
        ) : (
          <span key={line.key} ref={held(line.key)} hidden className={`handle ${line.kind}`}>
            {line.label} <b>{levelText(line.level)}</b>
          </span>
        ),
      )}
    </div>
  );
}
