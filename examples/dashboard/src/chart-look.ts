// What every drawn chart shares: the page's colours, the words of its time axis, and a repaint when the theme changes.
import { ColorType, TickMarkType, type ChartOptions, type DeepPartial } from 'lightweight-charts';

/** The page's colours as they are now: the library takes no CSS. */
export function paletteOf(element: HTMLElement): (name: string) => string {
  const probe = element.appendChild(document.createElement('i'));
  const palette = new Map<string, string>();
  for (const name of ['--text', '--quiet', '--line', '--accent', '--up', '--down', '--warn']) {
    probe.style.color = `var(${name})`;
    palette.set(name, getComputedStyle(probe).color);
  }
  probe.remove();
  return (name) => palette.get(name) ?? 'gray';
}

interface TimeAxis {
  intraday: boolean;
  seconds: boolean;
  /** An IANA zone; left out: that of whoever looks. */
  timeZone?: string;
}

/** How a chart is made; its times are UTC seconds. */
export function chartOptions({ intraday, seconds, timeZone }: TimeAxis): DeepPartial<ChartOptions> {
  const words = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat('en-GB', {
      hour12: false,
      ...(timeZone && { timeZone }),
      ...options,
    });
    return (time: unknown) => format.format(new Date(Number(time) * 1000));
  };
  const ofMark: Record<TickMarkType, (time: unknown) => string> = {
    [TickMarkType.Year]: words({ year: 'numeric' }),
    [TickMarkType.Month]: words({ month: 'short' }),
    [TickMarkType.DayOfMonth]: words({ day: 'numeric', month: 'short' }),
    [TickMarkType.Time]: words({ hour: '2-digit', minute: '2-digit' }),
    [TickMarkType.TimeWithSeconds]: words({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  };
  return {
    autoSize: true,
    layout: { attributionLogo: false, background: { type: ColorType.Solid, color: 'transparent' } },
    rightPriceScale: { borderVisible: false },
    timeScale: {
      borderVisible: false,
      timeVisible: intraday,
      secondsVisible: seconds,
      tickMarkFormatter: (time: unknown, type: TickMarkType) => ofMark[type](time),
    },
    localization: {
      timeFormatter: words({
        day: 'numeric',
        month: 'short',
        ...(intraday ? { hour: '2-digit', minute: '2-digit' } : { year: 'numeric' }),
        ...(seconds && { second: '2-digit' }),
      }),
    },
    // The wheel and a finger that goes up or down scroll the page.
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
  };
}

/** What of a chart is in the page's colours and letters. */
export function themedOptions(element: HTMLElement, of: (name: string) => string): DeepPartial<ChartOptions> {
  const { fontFamily } = getComputedStyle(element);
  return {
    layout: { textColor: of('--quiet'), fontFamily, fontSize: 11 },
    grid: { vertLines: { color: of('--line') }, horzLines: { color: of('--line') } },
  };
}

/** Calls when the device or whoever looks changes between light and dark. Returns how to stop. */
export function onThemeChange(repaint: () => void): () => void {
  const device = matchMedia('(prefers-color-scheme: dark)');
  device.addEventListener('change', repaint);
  const chosen = new MutationObserver(repaint);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    device.removeEventListener('change', repaint);
    chosen.disconnect();
  };
}
