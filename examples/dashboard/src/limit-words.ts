// The limits of an account and of its markets in words, and a form of them as what to set. Pure.
import { decimal } from '../../../shared/decimal.ts';
import type { EpicLimits, LimitName, LimitUse, RiskLimits, SetRiskLimits } from '../../../client/index.ts';
import { dayAndTime, levelText, money } from './format.ts';
import { askedBack, typedDecimal } from './typed-decimal.ts';

export const limitName: Record<LimitName, string> = {
  maxSize: 'Largest deal',
  maxExposure: 'Largest exposure',
  maxDailyLoss: 'Largest loss a day',
  maxOrdersPerMinute: 'Orders a minute, at most',
  maxOrdersPerDay: 'Orders a day, at most',
};
/** In money of the account. */
const isMoney = (limit: LimitName) => limit === 'maxExposure' || limit === 'maxDailyLoss';
const isCount = (limit: LimitName) => limit === 'maxOrdersPerMinute' || limit === 'maxOrdersPerDay';
/** Of a market in an account; a loss is of the account only. */
export const limitsOfMarket = ['maxSize', 'maxExposure', 'maxOrdersPerMinute', 'maxOrdersPerDay'] as const;
export const limitsOfAccount = [
  'maxSize',
  'maxExposure',
  'maxDailyLoss',
  'maxOrdersPerMinute',
  'maxOrdersPerDay',
] as const;

/** `3 of 10 used, 7 left`, `250.00 of 1,000.00 GBP used, 750.00 left`. */
export function usedText({ limit, max, used, left }: LimitUse, currency: string): string {
  const text = (value: string) => (isMoney(limit) ? money(value) : levelText(value));
  const whole = isMoney(limit) ? `${text(max)} ${currency}` : text(max);
  if (limit === 'maxSize') return `${whole} in each deal`;
  if (used === null) return `${whole}; how much is used is not known now`;
  return `${text(used)} of ${whole} used${left === null ? '' : `, ${text(left)} left`}`;
}
/** When it is whole again if nothing is dealt; undefined where time does not make it so. */
export const wholeText = ({ wholeAgainAt }: LimitUse): string | undefined =>
  wholeAgainAt ? `Whole again at ${dayAndTime(wholeAgainAt)} if nothing is dealt until then.` : undefined;
/** 0 to 1 of it is used; null where that is not known, or not of this limit. */
export const usedPart = ({ max, used }: LimitUse): number | null =>
  used === null || Number(max) <= 0 ? null : Math.min(1, Number(used) / Number(max));

/** As it is typed, by the API's path of the field: `maxSize`, `epics[0].maxSize`. A blank field is no limit. */
export type LimitTexts = Record<string, string>;
export const pathOf = (limit: LimitName, market?: number): string =>
  market === undefined ? limit : `epics[${market}].${limit}`;

/** What is set, as it stands in the fields. */
export function textsOf(limits: RiskLimits): LimitTexts {
  const texts: LimitTexts = {};
  for (const limit of limitsOfAccount) texts[pathOf(limit)] = String(limits[limit] ?? '');
  limits.epics.forEach((market, index) => {
    for (const limit of limitsOfMarket) texts[pathOf(limit, index)] = String(market[limit] ?? '');
  });
  return texts;
}

/** What has changed as the request, or what is wrong with which field. `markets` are those with fields, in their order. */
export function readLimits(
  texts: LimitTexts,
  limits: RiskLimits,
  markets: readonly string[],
): { set: Omit<SetRiskLimits, 'accountId'>; at: readonly number[] } | { missed: Record<string, string> } {
  const missed: Record<string, string> = {};
  function read(path: string, limit: LimitName): string | number | null {
    const typed = texts[path]?.trim() ?? '';
    if (typed === '') return null;
    const value = typedDecimal(typed);
    const isWhole = value !== undefined && !value.includes('.');
    if (value === undefined || (isCount(limit) && !isWhole)) {
      missed[path] =
        askedBack(typed) ?? (isCount(limit) ? 'Give a whole number, such as 10' : 'Give a number above zero');
      return null;
    }
    return isCount(limit) ? Number(value) : value;
  }
  const isSame = (one: string | number | null, two: string | number | null) =>
    one === null || two === null ? one === two : decimal.compare(String(one), String(two)) === 0;
  const changed = <Limit extends LimitName>(
    names: readonly Limit[],
    known: Partial<Record<Limit, string | number | null>>,
    market?: number,
  ) =>
    Object.fromEntries(
      names.flatMap((limit) => {
        const value = read(pathOf(limit, market), limit);
        return isSame(value, known[limit] ?? null) ? [] : [[limit, value]];
      }),
    );
  const ofAccount = changed(limitsOfAccount, limits);
  const at: number[] = [];
  const epics = markets.flatMap((epic, index) => {
    const known: Partial<EpicLimits> = limits.epics.find((each) => each.epic === epic) ?? {};
    const of = changed(limitsOfMarket, known, index);
    if (Object.keys(of).length === 0) return [];
    at.push(index);
    return [{ epic, ...of }];
  });
  if (Object.keys(missed).length > 0) return { missed };
  return { set: { ...ofAccount, ...(epics.length > 0 && { epics }) }, at };
}

/** The server's fields by our paths: it numbers the markets that were sent, we those that have fields. */
export const fieldsOf = (fields: Record<string, string>, at: readonly number[]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([path, text]) => [
      path.replace(/^epics[.[](\d+)\]?/, (_, index: string) => `epics[${at[Number(index)] ?? index}]`),
      text,
    ]),
  );
