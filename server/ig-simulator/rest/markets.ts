// Market endpoints: one, many and search, each in the shape of its version. The tree over them is in navigation.ts.
import type { Market } from '../engine/types.ts';
import { shortDate } from '../engine/texts.ts';
import { findAccount } from '../access/logins.ts';
import { dailyHours } from '../market/hours.ts';
import type { Instrument, MarketStatus } from '../market/instrument.ts';
import type { Price, PriceSource } from '../market/price.ts';
import { double, plain, spelt, type Spell } from '../numbers.ts';
import { endpoint, IgError, type Call, type Endpoint } from './endpoint.ts';
import { epicPattern } from './body.ts';
import { currencySymbol, currencyV1Code } from './currency.ts';

const maxEpics = 50;
const maxFound = 50;
/** Size on the ladder's rung, in smallest deals. */
const ladderSizes = 1_000;
/** Named in one request at all, known or not (IG REST: GET /markets `epics`). */
const maxNamed = 200;

/** Local and UTC alike: logins of the simulator are on UTC. */
const time = (price: Price | undefined) => (price ? new Date(price.atMs).toISOString().slice(11, 19) : null);

/** `change` spells the changes of the day: doubles in lists, plain numbers beside the details of a market (both recorded). */
const figures = (price: Price | undefined, { scaling }: Instrument, change: Spell) => ({
  high: double(price?.high),
  low: double(price?.low),
  percentageChange: change(price?.pctChange),
  netChange: change(price?.netChange),
  delayTime: 0,
  scalingFactor: scaling,
});
export const status = (price: Price | undefined): MarketStatus => price?.status ?? 'OFFLINE';
/** Versions 1 to 3, search and lists do not know the words of version 4 and of categories: what may still be done there decides. */
const olderWords: Partial<Record<MarketStatus, MarketStatus>> = {
  CLOSINGS_ONLY: 'EDITS_ONLY',
  DEAL_NO_EDIT: 'TRADEABLE',
};
const olderStatus = (price: Price | undefined) => olderWords[status(price)] ?? status(price);
/** While only edits are taken there is nothing to deal at (recorded: shares in EDITS_ONLY). */
const quote = (price: Price | undefined) =>
  status(price) === 'EDITS_ONLY'
    ? { bid: null, offer: null }
    : { bid: double(price?.bid), offer: double(price?.offer) };

function snapshot(source: PriceSource, version: number) {
  const { instrument } = source;
  const price = source.current();
  const { bid, offer } = quote(price);
  const common = { ...figures(price, instrument, plain), decimalPlacesFactor: instrument.decimals };
  if (version < 4)
    return {
      marketStatus: olderStatus(price),
      updateTime: time(price),
      bid,
      offer,
      binaryOdds: null,
      controlledRiskExtraSpread: 0,
      ...common,
    };
  // One rung, since deals of any size are filled at the best quote.
  const sizes = [double(instrument.minDealSize * ladderSizes)];
  return {
    marketStatus: status(price),
    updateTimestampUTC: price ? Math.floor(price.atMs / 1_000) : null,
    priceLadder: bid === null ? [] : [{ bid, ask: offer }],
    currencyLadders: [{ currency: instrument.currency, bidSizes: sizes, askSizes: sizes }],
    ...common,
  };
}

/** A market as search, navigation and positions show it. */
export function row(source: PriceSource) {
  const { instrument } = source;
  const price = source.current();
  return {
    epic: instrument.epic,
    instrumentName: instrument.name,
    instrumentType: instrument.type,
    expiry: instrument.expiry,
    ...figures(price, instrument, double),
    updateTime: time(price),
    updateTimeUTC: time(price),
    ...quote(price),
    streamingPricesAvailable: status(price) === 'TRADEABLE',
    marketStatus: olderStatus(price),
  };
}

/** A rate as units of the market's currency for one of the account's; undefined while the pair has no quote. */
type RateTo = (currency: string) => string | undefined;
/** IG's own figure, with the noise of its binary form (recorded: 3.3300000000000000710…). */
const binaryPlaces = 60;
const noisy = (value: number) => spelt(value.toFixed(binaryPlaces).replace(/\.?0+$/, ''));

function instrumentBody(source: PriceSource, version: number, rateTo: RateTo) {
  const { instrument } = source;
  const {
    epic,
    expiry,
    name,
    lotSize,
    unit,
    type,
    marketId,
    newsCode,
    country,
    valueOfOnePip,
    onePipMeans,
    contractSize,
    marginPct,
    premium,
    premiumUnit,
    stopsLimitsAllowed = true,
  } = instrument;
  const v1 = version === 1;
  const price = source.current();
  const hours = price ? dailyHours(instrument.hours, price.atMs) : null;
  const common = {
    epic,
    expiry,
    name,
    lotSize: double(lotSize),
    unit,
    type,
    streamingPricesAvailable: status(price) === 'TRADEABLE',
    marketId,
    currencies: [instrument.currency, ...(instrument.otherCurrencies ?? [])].map((code, i) =>
      currencyBody(code, i === 0, v1, rateTo),
    ),
    ...(v1 ? {} : { limitedRiskPremium: { value: premium, unit: premiumUnit } }),
    newsCode,
    chartCode: marketId,
    country,
    valueOfOnePip,
    contractSize,
  };
  if (version === 4) return { ...common, limitAllowed: stopsLimitsAllowed, stopAllowed: stopsLimitsAllowed };
  return {
    ...common,
    marginDepositBands: marginBands(instrument).map((band) =>
      v1 ? band : { ...band, currency: instrument.currency },
    ),
    forceOpenAllowed: true,
    stopsLimitsAllowed,
    controlledRiskAllowed: stopsLimitsAllowed,
    sprintMarketsMinimumExpiryTime: null,
    sprintMarketsMaximumExpiryTime: null,
    ...(v1 ? { margin: marginPct } : { marginFactor: noisy(marginPct), marginFactorUnit: 'PERCENTAGE' }),
    slippageFactor: { unit: 'pct', value: double(type === 'SHARES' ? 100 : 50) },
    openingHours: hours && { marketTimes: [hours] },
    expiryDetails: expiryDetails(instrument, v1),
    rolloverDetails: rolloverDetails(instrument, v1),
    onePipMeans,
    specialInfo: ['MAX KNOCK OUT LEVEL DISTANCE', 'DEFAULT KNOCK OUT LEVEL DISTANCE'],
  };
}
function currencyBody(currency: string, isDefault: boolean, v1: boolean, rateTo: RateTo) {
  const rate = rateTo(currency);
  return {
    ...(v1 ? { code: currencyV1Code(currency), name: currency } : { code: currency }),
    symbol: currencySymbol(currency),
    baseExchangeRate: rate === undefined ? null : double(Number(rate).toFixed(6)),
    exchangeRate: rate === undefined ? null : double((1 / Number(rate)).toFixed(2)),
    isDefault,
  };
}
function marginBands({ marginPct, marginBands: bands = [[0, marginPct]] }: Instrument) {
  return bands.map(([min, margin], i) => ({ min, max: bands[i + 1]?.[0] ?? null, margin }));
}
/** Version 1 writes instants `dd/MM/yy HH:mm`, the others ISO (both recorded). */
const instantOf = (iso: string, v1: boolean) => (v1 ? `${shortDate(iso)} ${iso.slice(11)}` : iso);
const expiryDetails = ({ lastDealingDate }: Instrument, v1: boolean) =>
  lastDealingDate === undefined
    ? null
    : {
        lastDealingDate: instantOf(lastDealingDate, v1),
        settlementInfo: 'Settles at the last price of its last dealing day.',
      };
const rolloverDetails = ({ rolloverTime }: Instrument, v1: boolean) =>
  rolloverTime === undefined
    ? null
    : {
        lastRolloverTime: instantOf(rolloverTime, v1),
        rolloverInfo: 'Closed at the price of then and opened anew in the next contract at its own.',
      };

/** A step as large as this stands for no trailing stops at all (recorded: 1.0E10). */
const noStep = 1e10;
function dealingRules(instrument: Instrument, version: number) {
  const {
    minStepPoints,
    minDealSize,
    minGuaranteedStop,
    minStopPoints,
    stopUnit,
    guaranteedStopUnit = stopUnit,
    maxStopPct = 75,
    spacingPoints = 20,
    marketOrderPreference = 'AVAILABLE_DEFAULT_OFF',
  } = instrument;
  const rule = (value: number, unit: string = 'POINTS') => ({
    unit,
    value: value === noStep ? spelt('1.0E10') : double(value),
  });
  return {
    minStepDistance: rule(minStepPoints),
    minDealSize: rule(minDealSize),
    minControlledRiskStopDistance: rule(minGuaranteedStop, guaranteedStopUnit),
    minNormalStopOrLimitDistance: rule(minStopPoints, stopUnit),
    maxStopOrLimitDistance: rule(maxStopPct, 'PERCENTAGE'),
    controlledRiskSpacing: rule(spacingPoints),
    ...(version === 4 ? {} : { marketOrderPreference }),
    ...(version === 1
      ? {}
      : { trailingStopsPreference: minStepPoints === noStep ? 'NOT_AVAILABLE' : 'AVAILABLE' }),
  };
}

/** Everything of an instrument gone but its epic and type, as `filter=SNAPSHOT_ONLY` answers. */
function bare(source: PriceSource) {
  const full = Object.entries(instrumentBody(source, 2, () => undefined)).map(([key, value]) => [
    key,
    typeof value === 'boolean' ? false : null,
  ]);
  return { ...Object.fromEntries(full), epic: source.instrument.epic, type: source.instrument.type };
}

export function marketEndpoints(sources: ReadonlyMap<string, PriceSource>, rate: Market['rate']): Endpoint[] {
  const all = [...sources.values()];
  function source(epic: string): PriceSource {
    const found = sources.get(epic);
    if (!found) throw new IgError(404, 'error.public-api.epic-not-found');
    return found;
  }
  function details(one: PriceSource, { version, caller }: Call) {
    const { login, accountId } = caller();
    const { currency } = findAccount(login, accountId)!;
    return {
      instrument: instrumentBody(one, version, (to) => rate(currency, to)),
      dealingRules: dealingRules(one.instrument, version),
      snapshot: snapshot(one, version),
    };
  }
  function many(epics: string, call: Call) {
    const filter = call.query.get('filter') ?? 'ALL';
    const named = epics.replace(/,$/, '').split(',');
    if (
      named.length > maxNamed ||
      !named.every((epic) => epicPattern.test(epic)) ||
      !['ALL', 'SNAPSHOT_ONLY'].includes(filter)
    )
      throw new IgError(400, 'invalid.input');
    const wanted = [...new Set(named)];
    if (wanted.length > maxEpics) throw new IgError(400, 'error.public-api.too-many-epics');
    const found = wanted.map(source).reverse(); // IG's order is not the request's either
    const snapshotOnly = call.version === 2 && filter === 'SNAPSHOT_ONLY';
    return found.map((one) =>
      snapshotOnly
        ? { instrument: bare(one), dealingRules: null, snapshot: snapshot(one, call.version) }
        : details(one, call),
    );
  }
  return [
    endpoint(
      'GET /markets',
      [1, 2],
      { example: { query: 'epics=CS.D.EURUSD.CFD.IP&filter=ALL' } },
      (call) => {
        const [epics, term] = [call.query.get('epics'), call.query.get('searchTerm')];
        if (epics) return { body: { marketDetails: many(epics, call) } };
        if (!term) throw new IgError(400, 'validation.null-not-allowed.epics'); // trading-ig#123, #284
        if (call.version !== 1) throw new IgError(404, 'invalid.url');
        const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
        const wanted = plain(term);
        const found = all.filter(
          ({ instrument: { name, epic, marketId } }) =>
            wanted !== '' && [name, epic, marketId].some((text) => plain(text).includes(wanted)),
        );
        return { body: { markets: found.slice(0, maxFound).map(row) } };
      },
    ),
    endpoint(
      'GET /markets/:epic',
      [1, 2, 3, 4],
      { example: { params: { epic: 'CS.D.EURUSD.CFD.IP' } } },
      (call) => {
        const epic = call.params['epic']!;
        if (!epicPattern.test(epic)) throw new IgError(400, 'validation.pattern.invalid.epic');
        return { body: details(source(epic), call) };
      },
    ),
  ];
}
