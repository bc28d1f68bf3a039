// Price history: versions 1 to 3, their three date formats, paging and the week's allowance.
import type { AllowanceMeter } from '../access/allowances.ts';
import { isResolution, type Candle, type Resolution } from '../market/candles.ts';
import type { PriceSource } from '../market/price.ts';
import { spelt } from '../numbers.ts';
import { endpoint, IgError, type Call, type Endpoint } from './endpoint.ts';
import { instant, pageOf, whole } from './range.ts';

/** More candles than this in one range are refused like an empty allowance, before any is computed. */
const maxRows = 50_000;
/** Candles computed before others get their turn. */
const batch = 50;

/** How each version writes a second, by day and time. */
const formats = {
  v1: /^(\d{4}:\d\d:\d\d)-(\d\d:\d\d:\d\d)$/,
  v2: /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/,
  v3: /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)$/,
};
/** Account-local text (UTC here) to epoch ms. Throws 400 `error.malformed.date`. */
function parseDate(text: string, format: keyof typeof formats): number {
  const [, day = '', time = ''] = formats[format].exec(text) ?? [];
  return instant(`${day.replaceAll(':', '-')}T${time}`);
}

function rowOf({ startMs, open, high, low, close, ticks }: Candle, version: number) {
  const iso = new Date(startMs).toISOString();
  const [date, time] = [iso.slice(0, 10), iso.slice(11, 19)];
  const number = (text: string | null) => text && spelt(text);
  const side = ({ bid, ask }: Candle['open']) => ({ bid: number(bid), ask: number(ask), lastTraded: null });
  return {
    snapshotTime:
      version === 1 ? `${date.replaceAll('-', ':')}-${time}` : `${date.replaceAll('-', '/')} ${time}`,
    ...(version === 3 ? { snapshotTimeUTC: `${date}T${time}` } : {}),
    openPrice: side(open),
    closePrice: side(close),
    highPrice: side(high),
    lowPrice: side(low),
    lastTradedVolume: ticks,
  };
}

export function priceEndpoints(
  sources: ReadonlyMap<string, PriceSource>,
  allowances: AllowanceMeter,
): Endpoint[] {
  const exhausted = () => new IgError(403, 'error.public-api.exceeded-account-historical-data-allowance');
  function wanted(call: Call, name: string | null): { source: PriceSource; resolution: Resolution } {
    const source = sources.get(call.params['epic']!);
    if (!source) throw new IgError(400, 'error.unsupported.epic');
    if (name === null || !isResolution(name)) throw new IgError(400, 'invalid.input');
    return { source, resolution: name };
  }
  function range(source: PriceSource, resolution: Resolution, fromMs: number, toMs: number): number[] {
    if (fromMs > toMs) throw new IgError(400, 'error.invalid.daterange');
    const starts = source.candleStarts(resolution, fromMs, toMs + 1, maxRows);
    if (starts.length > maxRows) throw exhausted();
    return starts;
  }
  /** Computes the rows, spends the allowance and adds what is common to all versions. */
  async function rows(call: Call, source: PriceSource, resolution: Resolution, starts: readonly number[]) {
    const { login, accountId } = call.caller();
    if (starts.length > allowances.history(login.apiKey, accountId).remainingAllowance) throw exhausted();
    allowances.spendHistory(login.apiKey, accountId, starts.length);
    const prices = [];
    for (const [i, start] of starts.entries()) {
      const candle = source.candle(resolution, start);
      if (candle) prices.push(rowOf(candle, call.version));
      if (i % batch === batch - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    return {
      prices,
      instrumentType: source.instrument.type,
      allowance: allowances.history(login.apiKey, accountId),
    };
  }
  const legacy = async (...asked: Parameters<typeof rows>) => ({ body: await rows(...asked) });
  return [
    endpoint('GET /prices/:epic', [3], { kind: 'H' }, async (call) => {
      const { query } = call;
      const { source, resolution } = wanted(call, query.get('resolution') ?? 'MINUTE');
      const [from, to] = [query.get('from'), query.get('to')];
      const max = whole(query.get('max'), 10, 1);
      const toMs = to === null ? Infinity : parseDate(to, 'v3');
      const starts =
        from === null
          ? source.lastCandleStarts(resolution, toMs + 1, Math.min(max, maxRows))
          : range(source, resolution, parseDate(from, 'v3'), toMs);
      const {
        page,
        metadata: { pageData },
      } = pageOf(starts, query, 'invalid.input');
      const { prices, instrumentType, allowance } = await rows(call, source, resolution, page);
      return { body: { prices, instrumentType, metadata: { allowance, size: prices.length, pageData } } };
    }),
    endpoint('GET /prices/:epic/:resolution/:points', [1, 2], { kind: 'H' }, (call) => {
      const { source, resolution } = wanted(call, call.params['resolution']!);
      const count = whole(call.params['points']!, 0, 1);
      if (count > maxRows) throw exhausted();
      return legacy(call, source, resolution, source.lastCandleStarts(resolution, Infinity, count));
    }),
    endpoint('GET /prices/:epic/:resolution/:from/:to', [2], { kind: 'H' }, (call) => {
      const { source, resolution } = wanted(call, call.params['resolution']!);
      return legacy(
        call,
        source,
        resolution,
        range(source, resolution, parseDate(call.params['from']!, 'v2'), parseDate(call.params['to']!, 'v2')),
      );
    }),
    endpoint('GET /prices/:epic/:resolution', [1], { kind: 'H' }, (call) => {
      const { source, resolution } = wanted(call, call.params['resolution']!);
      const [from, to] = [call.query.get('startdate'), call.query.get('enddate')];
      if (from === null || to === null) throw new IgError(400, 'error.malformed.date');
      return legacy(
        call,
        source,
        resolution,
        range(source, resolution, parseDate(from, 'v1'), parseDate(to, 'v1')),
      );
    }),
  ];
}
