// Indicative costs and charges: what a deal would cost here, quoted under a reference and kept for a while. Deals nothing.
import { decimal } from '../../../shared/decimal.ts';
import { putNewest } from '../../lib/bounded.ts';
import { daysPerYear, fundingPct } from '../engine/funding.ts';
import type { Market } from '../engine/types.ts';
import type { Direction } from '../engine/words.ts';
import { exposureOf, moveOf } from '../engine/value.ts';
import { findAccount } from '../access/logins.ts';
import type { Instrument } from '../market/instrument.ts';
import type { PriceSource } from '../market/price.ts';
import { spelt } from '../numbers.ts';
import { endpoint, IgError, type Call, type Endpoint } from './endpoint.ts';
import { directions, epicPattern, fields, referenceOf } from './body.ts';
import { money } from './currency.ts';
import { pdfOf } from './pdf.ts';
import { whole } from './range.ts';

/** Quotes kept over all accounts; the oldest go first. They end with the process. */
const maxQuotes = 10_000;
const maxPageSize = 500;
const types = ['OPEN', 'CLOSE', 'EDIT'] as const;

interface Quoted {
  accountId: string;
  at: string;
  direction: string | null;
  instrumentName: string;
  type: (typeof types)[number];
  lines: readonly string[];
}
interface Request {
  instrument: Instrument;
  bid: string;
  ask: string;
  size: string;
  currency: string;
  direction: Direction | null;
  guaranteedStop: boolean;
}
export interface CostDeps {
  sources: ReadonlyMap<string, PriceSource>;
  rate: Market['rate'];
  nowMs(): number;
  newReference(): string;
}

const clientError = 'public-api.costs-and-charges.client-error';
const notOurs = () => new IgError(400, clientError);
/** Digits of what is on its way to being rounded. */
const places = 12;
const halved = (amount: string) => decimal.divide(amount, '2', places, 'half-up');
const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:?\d\d)$/;

export function costEndpoints({ sources, rate, nowMs, newReference }: CostDeps): Endpoint[] {
  const quotes = new Map<string, Quoted>();

  function read(call: Call, opening: boolean): Request {
    const found = fields(call.body());
    const positive = (name: string, text: string | undefined) => {
      const value = found.required(name, text);
      if (value === '' || decimal.compare(value, '0') <= 0) throw new IgError(400, `invalid.request.${name}`);
      return value;
    };
    const [ask, bid, size] = ['ask', 'bid', 'size'].map((name) => positive(name, found.number(name))) as [
      string,
      string,
      string,
    ];
    const currency = found.required('dealCurrencyCode', found.text('dealCurrencyCode', /^[A-Z]{3}$/));
    found.required('dealReference', referenceOf(found));
    if (!opening) positive('openingLevel', found.number('openingLevel'));
    const direction = found.choice('direction', directions) ?? null;
    const guaranteedStop = found.flag('guaranteedStop') ?? false;
    // Without an epic there is nothing to look up; IG's instrumentId has no meaning here.
    const instrument = sources.get(found.text('epic', epicPattern) ?? '')?.instrument;
    if (!instrument || decimal.compare(bid, ask) > 0) throw notOurs();
    return { instrument, bid, ask, size, currency, direction, guaranteedStop };
  }
  /** Half the spread on the way in and half on the way out, and a night's funding; the broker takes no commission, and converts at mid without a fee. */
  function costsOf({ instrument, bid, ask, size, currency, direction, guaranteedStop }: Request, call: Call) {
    const { login, accountId } = call.caller();
    const home = findAccount(login, accountId)!.currency;
    const [into, homeward] = [rate(instrument.currency, currency), rate(currency, home)];
    if (into === undefined || homeward === undefined) throw notOurs();
    const worth = (move: string) => exposureOf(instrument, size, move, into);
    const notional = worth(ask);
    const share = (pct: string) => decimal.divide(decimal.multiply(notional, pct), '100', places, 'half-up');
    const premium = !guaranteedStop
      ? '0'
      : instrument.premiumUnit === 'POINTS'
        ? worth(moveOf(instrument, String(instrument.premium)))
        : share(String(instrument.premium));
    return {
      notionalValue: money(notional),
      notionalValueInUserCurrency: money(decimal.multiply(notional, homeward)),
      spread: money(worth(halved(decimal.subtract(ask, bid)))),
      premium: money(premium),
      funding: money(
        decimal.divide(share(fundingPct(instrument, direction ?? 'BUY')), daysPerYear, places, 'half-up'),
      ),
    };
  }
  function keep(
    request: Request,
    type: Quoted['type'],
    figures: Record<string, unknown>,
    call: Call,
  ): string {
    const reference = newReference();
    const {
      instrument: { name },
      size,
      direction,
    } = request;
    const at = new Date(nowMs()).toISOString();
    const lines = [
      'Indicative costs and charges',
      reference,
      at,
      `${type} ${direction ?? ''} ${size} ${name.trim()}`,
      ...Object.entries(figures).map(([field, value]) => `${field}: ${JSON.stringify(value)}`),
    ];
    putNewest(
      quotes,
      reference,
      { accountId: call.caller().accountId, at, direction, instrumentName: name, type, lines },
      maxQuotes,
    );
    return reference;
  }
  const none = spelt('0.0');
  function closingCosts(request: Request, type: Quoted['type'], call: Call) {
    const { spread, premium, funding: _, ...notional } = costsOf(request, call);
    const figures = {
      ...notional,
      closingCommission: none,
      closingSpread: spread,
      closingFxFee: none,
      closingIFTT: none,
      guaranteedStopReturn: premium,
      knockoutPremiumReturn: none,
      etpExitCost: none,
    };
    return { indicativeQuoteReference: keep(request, type, figures, call), ...figures };
  }
  const body = {
    epic: 'CS.D.EURUSD.CFD.IP',
    direction: 'BUY',
    size: 1,
    bid: 1.17,
    ask: 1.1701,
    dealCurrencyCode: 'USD',
    dealReference: 'costs',
    guaranteedStop: true,
  };
  const path = (tail: string) => `/indicativecostsandcharges/${tail}`;
  return [
    endpoint(`POST ${path('open')}`, [1], { example: { body } }, (call) => {
      const request = read(call, true);
      const { spread, premium, funding, ...notional } = costsOf(request, call);
      const figures = {
        currencyCodeISO: request.currency,
        ...notional,
        openingCommission: none,
        openingSpread: spread,
        openingFxFee: none,
        openingIFTT: none,
        closingCommission: none,
        closingSpread: spread,
        closingFxFee: none,
        closingIFTT: none,
        overnightFundingFee: funding,
        dailyRunningFxFee: none,
        borrowingCharge: none,
        inducements: none,
        guaranteedStopDeposit: premium,
        guaranteedStopReturn: premium,
        knockoutPremiumDeposit: none,
        knockoutPremiumReturn: none,
        etpEntryCost: none,
        etpExitCost: none,
        etpOngoingCost: none,
      };
      return { body: { indicativeQuoteReference: keep(request, 'OPEN', figures, call), ...figures } };
    }),
    endpoint(`POST ${path('close')}`, [1], { example: { body: { ...body, openingLevel: 1.16 } } }, (call) => {
      const request = read(call, false);
      return { body: { currencyCodeISO: request.currency, close: closingCosts(request, 'CLOSE', call) } };
    }),
    endpoint(
      `POST ${path('edit')}`,
      [1],
      {
        example: {
          body: { ...body, openingLevel: 1.16, stopLevel: 1.15, limitLevel: 1.19, editType: 'STOP' },
        },
      },
      (call) => {
        const request = read(call, false);
        const found = fields(call.body());
        /** What closing would cost at the level of the stop or limit, when there is one. */
        const at = (level: string | undefined) => {
          if (level === undefined) return null;
          if (level === '' || decimal.compare(level, '0') <= 0) throw notOurs();
          const half = halved(decimal.subtract(request.ask, request.bid));
          return closingCosts(
            { ...request, bid: decimal.subtract(level, half), ask: decimal.add(level, half) },
            'EDIT',
            call,
          );
        };
        return {
          body: {
            currencyCodeISO: request.currency,
            limit: at(found.number('limitLevel')),
            stop: at(found.number('stopLevel')),
          },
        };
      },
    ),
    endpoint(
      `GET ${path('durablemedium/:reference')}`,
      [1],
      { example: { params: { reference: 'none' } } },
      (call) => {
        const quoted = quotes.get(call.params['reference']!);
        if (quoted?.accountId !== call.caller().accountId)
          throw new IgError(404, 'public-api.costs-and-charges.indicative-quote-reference-not-found');
        return { file: { type: 'application/pdf', bytes: pdfOf(quoted.lines) } };
      },
    ),
    endpoint(
      `GET ${path('history/from/:from/to/:to')}`,
      [1],
      {
        example: {
          params: { from: '2026-01-01T00:00:00.000Z', to: '2030-01-01T00:00:00.000Z' },
          query: 'pageSize=10&pageNumber=1&type=OPEN',
        },
      },
      (call) => {
        const instant = (text: string) => {
          const ms = instantPattern.test(text) ? Date.parse(text) : NaN;
          if (Number.isNaN(ms)) throw notOurs();
          return ms;
        };
        const [from, to] = [instant(call.params['from']!), instant(call.params['to']!)];
        const pageSize = whole(call.query.get('pageSize'), 20, 1, maxPageSize, clientError);
        const pageNumber = whole(call.query.get('pageNumber'), 1, 1, maxQuotes, clientError);
        const type = call.query.get('type');
        if (type !== null && !types.some((each) => each === type)) throw notOurs();
        const { accountId } = call.caller();
        const all = [...quotes]
          .filter(
            ([, quoted]) =>
              quoted.accountId === accountId &&
              (type ?? quoted.type) === quoted.type &&
              Date.parse(quoted.at) >= from &&
              Date.parse(quoted.at) <= to,
          )
          .reverse();
        const costsAndChargesHistory = all
          .slice((pageNumber - 1) * pageSize, pageNumber * pageSize)
          .map(([indicativeQuoteReference, { at, direction, instrumentName, type: kind }]) => ({
            createdTimestamp: at,
            direction,
            indicativeQuoteReference,
            instrumentName,
            type: kind,
          }));
        return {
          body: {
            costsAndChargesHistory,
            pagination: {
              pageNumber,
              pageSize,
              totalElements: all.length,
              totalPages: Math.ceil(all.length / pageSize),
            },
          },
        };
      },
    ),
  ];
}
