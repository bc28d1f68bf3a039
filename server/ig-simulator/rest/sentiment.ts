// What share of clients is long, by market: a figure of the day, made from the seed. Nobody's positions are counted.
import { hashText, mix } from '../random.ts';
import type { PriceSource } from '../market/price.ts';
import { double } from '../numbers.ts';
import { endpoint, IgError, type Endpoint } from './endpoint.ts';
import { familyOf } from './navigation.ts';

const maxIds = 500;
const idPattern = /^[A-Za-z0-9_\- ]{1,30}$/;
const dayMs = 86_400_000;

export function sentimentEndpoints({
  sources,
  seed,
  nowMs,
}: {
  sources: ReadonlyMap<string, PriceSource>;
  seed: string;
  nowMs(): number;
}): Endpoint[] {
  // A bet on a market has its market id too: the first instrument says where it belongs.
  const families = new Map(
    [...sources.values()].reverse().map(({ instrument }) => [instrument.marketId, familyOf(instrument)]),
  );
  /** An unknown market has nobody on either side (recorded: 0.0 and 0.0). A market keeps its lean and wavers from day to day. */
  function sentiment(marketId: string) {
    const hash = hashText(`${seed}/sentiment/${marketId}`);
    const long = 30 + (hash % 41) + (mix(hash, Math.floor(nowMs() / dayMs)) % 21) - 10;
    const [longs, shorts] = families.has(marketId) ? [long, 100 - long] : [0, 0];
    return { marketId, longPositionPercentage: double(longs), shortPositionPercentage: double(shorts) };
  }
  const checked = (marketId: string) => {
    if (!idPattern.test(marketId)) throw new IgError(400, 'invalid.input');
    return marketId;
  };
  return [
    endpoint('GET /clientsentiment', [1], { example: { query: 'marketIds=EURUSD,FT100' } }, ({ query }) => {
      const named = query.get('marketIds');
      if (!named) throw new IgError(400, 'validation.null-not-allowed.marketIds');
      const marketIds = named.split(',').map(checked);
      if (marketIds.length > maxIds) throw new IgError(400, 'invalid.input.too.many.markets');
      return { body: { clientSentiments: marketIds.map(sentiment) } };
    }),
    endpoint(
      'GET /clientsentiment/:marketId',
      [1],
      { example: { params: { marketId: 'EURUSD' } } },
      ({ params }) => ({ body: sentiment(checked(params['marketId']!)) }),
    ),
    endpoint(
      'GET /clientsentiment/related/:marketId',
      [1],
      { example: { params: { marketId: 'EURUSD' } } },
      ({ params }) => {
        const marketId = checked(params['marketId']!);
        const related = [...families.keys()]
          .reverse()
          .filter((other) => other !== marketId && families.get(other) === families.get(marketId));
        return { body: { clientSentiments: related.map(sentiment) } };
      },
    ),
  ];
}
