// Market endpoints: one, many, search and the tree, each in the shape of its version.
import type { Instrument } from '../market/instruments.ts';
import type { Price, PriceSource } from '../market/price.ts';
import { IgError, rawNumber, type Endpoint } from '../rest.ts';
import { currencySymbol } from './session.ts';

const maxEpics = 50;
const maxFound = 50;
const epicsPattern = /^(?:[A-Za-z0-9._]{6,30},?){1,200}$/;
/** Rough values of one unit in pounds, which is what IG's exchange rates are against here. */
const inPounds: Record<string, number> = { GBP: 1, USD: 0.74, EUR: 0.87, JPY: 0.0049, AUD: 0.49, CAD: 0.53, CHF: 0.92 };

const number = (text: string | undefined) => (text === undefined ? null : rawNumber(text));
const time = (price: Price | undefined, offsetMs: number) => (price ? new Date(price.atMs + offsetMs).toISOString().slice(11, 19) : null);

/** The figures of a snapshot; logins of the simulator are on UTC. */
const figures = (price: Price | undefined) => ({
  high: number(price?.high), low: number(price?.low), percentageChange: number(price?.pctChange), netChange: number(price?.netChange),
});
const status = (price: Price | undefined) => price?.status ?? 'OFFLINE';

/** Snapshot of versions 1 to 3; times in the account's zone, which is UTC here. */
function snapshot(source: PriceSource) {
  const { instrument } = source;
  const price = source.current();
  return {
    marketStatus: status(price), netChange: number(price?.netChange), percentageChange: number(price?.pctChange), updateTime: time(price, 0), delayTime: 0,
    bid: number(price?.bid), offer: number(price?.offer), high: number(price?.high), low: number(price?.low), binaryOdds: null,
    decimalPlacesFactor: instrument.decimals, scalingFactor: instrument.scaling, controlledRiskExtraSpread: 0,
  };
}

/** A market as search, navigation and positions show it. */
export function row(source: PriceSource) {
  const { instrument } = source;
  const price = source.current();
  return {
    epic: instrument.epic, instrumentName: instrument.name, instrumentType: instrument.type, expiry: instrument.expiry, ...figures(price),
    updateTime: time(price, 0), updateTimeUTC: time(price, 0), bid: number(price?.bid), offer: number(price?.offer), delayTime: 0,
    streamingPricesAvailable: status(price) === 'TRADEABLE', marketStatus: status(price), scalingFactor: instrument.scaling,
  };
}

function instrumentBody(source: PriceSource, version: number) {
  const { instrument } = source;
  const { currency } = instrument;
  const rate = inPounds[currency] ?? 1;
  const v1 = version === 1;
  const band = (min: number, max: number | null, margin: number) => ({ min, max, margin, ...(v1 ? {} : { currency }) });
  const hours = instrument.hours === 'usShare' ? { marketTimes: [{ openTime: '14:30', closeTime: '21:00' }] } : null;
  return {
    epic: instrument.epic, expiry: instrument.expiry, name: instrument.name, forceOpenAllowed: true, stopsLimitsAllowed: true, lotSize: instrument.lotSize,
    unit: instrument.unit, type: instrument.type, controlledRiskAllowed: true, streamingPricesAvailable: status(source.current()) === 'TRADEABLE', marketId: instrument.marketId,
    currencies: [{
      ...(v1 ? { code: `${currencySymbol(currency)}.`, name: currency } : { code: currency }), symbol: currencySymbol(currency),
      baseExchangeRate: Number((1 / rate).toFixed(6)), exchangeRate: Number(rate.toFixed(2)), isDefault: true,
    }],
    sprintMarketsMinimumExpiryTime: null, sprintMarketsMaximumExpiryTime: null,
    marginDepositBands: [band(0, null, instrument.marginPct)],
    ...(v1 ? { margin: instrument.marginPct } : { marginFactor: instrument.marginPct, marginFactorUnit: 'PERCENTAGE' }),
    slippageFactor: { unit: 'pct', value: instrument.type === 'SHARES' ? 100 : 50 },
    ...(v1 ? {} : { limitedRiskPremium: { value: instrument.premium, unit: instrument.premiumUnit } }),
    openingHours: hours, expiryDetails: null, rolloverDetails: null, newsCode: instrument.newsCode, chartCode: instrument.marketId, country: instrument.country,
    valueOfOnePip: instrument.valueOfOnePip, onePipMeans: instrument.onePipMeans, contractSize: instrument.contractSize, specialInfo: ['MAX KNOCK OUT LEVEL DISTANCE', 'DEFAULT KNOCK OUT LEVEL DISTANCE'],
  };
}

function dealingRules(instrument: Instrument, version: number) {
  const rule = (value: number, unit: string = 'POINTS') => ({ unit, value });
  return {
    minStepDistance: rule(instrument.minStepPoints), minDealSize: rule(instrument.minDealSize),
    minControlledRiskStopDistance: rule(instrument.minGuaranteedStop, instrument.stopUnit), minNormalStopOrLimitDistance: rule(instrument.minStopPoints, instrument.stopUnit),
    maxStopOrLimitDistance: rule(75, 'PERCENTAGE'), controlledRiskSpacing: rule(20), marketOrderPreference: 'AVAILABLE_DEFAULT_OFF',
    ...(version === 1 ? {} : { trailingStopsPreference: 'AVAILABLE' }),
  };
}

/** Everything of an instrument gone but its epic and type, as `filter=SNAPSHOT_ONLY` answers. */
function bare(source: PriceSource) {
  const full = Object.entries(instrumentBody(source, 2)).map(([key, value]) => [key, typeof value === 'boolean' ? false : null]);
  return { ...Object.fromEntries(full), epic: source.instrument.epic, type: source.instrument.type };
}
const details = (source: PriceSource, version: number) => ({ instrument: instrumentBody(source, version), dealingRules: dealingRules(source.instrument, version), snapshot: snapshot(source) });

export function marketEndpoints(sources: ReadonlyMap<string, PriceSource>): Endpoint[] {
  const all = [...sources.values()];
  const groups = [...new Set(all.map(({ instrument }) => instrument.group))].map((name, i) => ({ id: String(97_601 + i * 1_013), name }));
  function source(epic: string): PriceSource {
    const found = sources.get(epic);
    if (!found) throw new IgError(404, 'error.public-api.epic-not-found');
    return found;
  }
  function many(epics: string, version: number, filter: string) {
    if (!epicsPattern.test(epics) || !['ALL', 'SNAPSHOT_ONLY'].includes(filter)) throw new IgError(400, 'invalid.input');
    const wanted = [...new Set(epics.split(',').filter(Boolean))];
    if (wanted.length > maxEpics) throw new IgError(400, 'error.public-api.too-many-epics');
    const found = wanted.map(source).reverse(); // IG's order is not the request's either
    const snapshotOnly = version === 2 && filter === 'SNAPSHOT_ONLY';
    return found.map((one) => (snapshotOnly ? { instrument: bare(one), dealingRules: null, snapshot: snapshot(one) } : details(one, version)));
  }
  return [
    {
      method: 'GET', path: '/markets', versions: [1, 2], kind: 'N', access: 'session',
      handle({ query, version }) {
        const [epics, term] = [query.get('epics'), query.get('searchTerm')];
        if (epics !== null) return { body: { marketDetails: many(epics, version, query.get('filter') ?? 'ALL') } };
        if (term === null || version !== 1) throw new IgError(term === null ? 400 : 404, term === null ? 'invalid.input' : 'invalid.url');
        const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
        const found = all.filter(({ instrument }) => [instrument.name, instrument.epic, instrument.marketId].some((text) => plain(text).includes(plain(term))));
        return { body: { markets: found.slice(0, maxFound).map(row) } };
      },
    },
    { method: 'GET', path: '/markets/:epic', versions: [1, 2, 3], kind: 'N', access: 'session', handle: ({ params, version }) => ({ body: details(source(params['epic']!), version) }) },
    { method: 'GET', path: '/marketnavigation', versions: [1], kind: 'N', access: 'session', handle: () => ({ body: { nodes: groups, markets: null } }) },
    {
      method: 'GET', path: '/marketnavigation/:node', versions: [1], kind: 'N', access: 'session',
      handle({ params }) {
        const group = groups.find(({ id }) => id === params['node']);
        if (!group) throw new IgError(404, 'invalid.url');
        const markets = all.filter(({ instrument }) => instrument.group === group.name);
        return { body: { nodes: null, markets: markets.map((one) => ({ ...row(one), lotSize: one.instrument.lotSize, otcTradeable: true })) } };
      },
    },
  ];
}
