// Bodies of deal requests: each field's form, then the rules across fields (reference §3.6, §3.7), as IG's 400 codes. Knows no market.
import { decimal } from '../../../shared/decimal.ts';
import type { ClosePosition, Direction, OpenPosition } from '../engine/types.ts';
import { IgError, NumberText } from '../rest.ts';

type Body = Record<string, unknown>;
const maxDecimals = 12;
/** Twenty digits on each side are more than any price has; the bound keeps `1e999999` from becoming a million digits. */
const numberPattern = /^-?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?$/;
const refuse = (code: string): never => {
  throw new IgError(400, code);
};
const conditional = {
  exclusive: () => refuse('validation.mutual-exclusive-value.request'),
  oneOf: () => refuse('validation.one-selection-required.request'),
  absent: () => refuse('validation.null-conditional-set-value.request'),
  // IG has two spellings and does not say which goes with which rule: the first for order types, the second for trailing stops.
  present: () => refuse('validation.not-null-conditional.request'),
  presentForTrailing: () => refuse('validation.not-null-conditional-set-value.request'),
  value: () => refuse('validation.target-value-conditional-set-value.request'),
};

/** Fields of one body; null counts as absent. Numbers may be text and text is kept as it came. */
export function fields(body: Body) {
  const raw = (name: string): unknown => body[name] ?? undefined;
  return {
    required<T>(name: string, value: T | undefined): T {
      return value ?? refuse(`validation.null-not-allowed.request.${name}`);
    },
    text(name: string, pattern: RegExp): string | undefined {
      const value = raw(name);
      if (value === undefined) return undefined;
      if (typeof value !== 'string') return refuse(`invalid.request.${name}`);
      return pattern.test(value) ? value : refuse(`validation.pattern.invalid.request.${name}`);
    },
    choice<T extends string>(name: string, values: readonly T[]): T | undefined {
      const value = raw(name);
      return value === undefined ? undefined : (values.find((each) => each === value) ?? refuse(`invalid.request.${name}`));
    },
    flag(name: string): boolean | undefined {
      const value = raw(name);
      if (value === undefined) return undefined;
      return value === true || value === 'true' ? true : value === false || value === 'false' ? false : refuse(`invalid.request.${name}`);
    },
    /** '' passes for now: IG takes it as given, and only then as unreadable. */
    number(name: string): string | undefined {
      const value = raw(name);
      if (value === undefined) return undefined;
      const text = value instanceof NumberText ? value.text : typeof value === 'string' ? value : refuse(`invalid.request.${name}`);
      return text === '' || numberPattern.test(text) ? text : refuse(`invalid.request.${name}`);
    },
    size(): string {
      const text = this.required('size', this.number('size'));
      if (text === '' || decimal.compare(text, '0') <= 0 || decimal.compare(decimal.round(text, maxDecimals, 'down'), text) !== 0) return refuse('invalid.request.size');
      return text;
    },
  };
}
type Fields = ReturnType<typeof fields>;

const directions: readonly Direction[] = ['BUY', 'SELL'];
const epicPattern = /^[A-Za-z0-9._]{6,30}$/;
const expiryPattern = /^(?:(?:\d{2}-)?[A-Z]{3}-\d{2}|-|DFB)$/;

/** The level of a LIMIT order, undefined for MARKET. Nobody here is given quotes, so a QUOTE order names one that does not exist. */
function orderLevel(found: Fields): string | undefined {
  const orderType = found.required('orderType', found.choice('orderType', ['MARKET', 'LIMIT', 'QUOTE']));
  const level = found.number('level');
  const quoteId = found.text('quoteId', /^[^]*$/);
  if (orderType === 'MARKET' && (level ?? quoteId) !== undefined) conditional.absent();
  if (orderType !== 'MARKET' && level === undefined) conditional.present();
  if (orderType === 'LIMIT' && quoteId !== undefined) conditional.absent();
  if (orderType === 'QUOTE') return quoteId === undefined ? conditional.present() : refuse('invalid.request.quoteId');
  return level === '' ? refuse('invalid.request.level') : level;
}
const timesInForce = ['EXECUTE_AND_ELIMINATE', 'FILL_OR_KILL'] as const;
const given = <T extends object>(value: T) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

/** POST /positions/otc. Version 1 knows no trailing stops and no time in force, and lets stops go without forceOpen. */
export function readOpen(body: Body, version: number): Omit<OpenPosition, 'type' | 'accountId'> {
  const found = fields(body);
  const epic = found.required('epic', found.text('epic', epicPattern));
  const expiry = found.required('expiry', found.text('expiry', expiryPattern));
  const direction = found.required('direction', found.choice('direction', directions));
  const size = found.size();
  const currencyCode = found.required('currencyCode', found.text('currencyCode', /^[A-Z]{3}$/));
  const forceOpen = found.required('forceOpen', found.flag('forceOpen'));
  const guaranteedStop = found.required('guaranteedStop', found.flag('guaranteedStop'));
  const dealReference = found.text('dealReference', /^[A-Za-z0-9_-]{1,30}$/);
  const attached = given({ stopLevel: found.number('stopLevel'), stopDistance: found.number('stopDistance'), limitLevel: found.number('limitLevel'), limitDistance: found.number('limitDistance') });
  const { stopLevel, stopDistance, limitLevel, limitDistance } = attached;
  const level = orderLevel(found);
  if ((stopLevel !== undefined && stopDistance !== undefined) || (limitLevel !== undefined && limitDistance !== undefined)) conditional.exclusive();
  if (guaranteedStop && (stopLevel ?? stopDistance) === undefined) conditional.oneOf();
  const v2 = version === 2;
  if (v2 && !forceOpen && Object.keys(attached).length > 0) conditional.value();
  const trailingStop = v2 && (found.flag('trailingStop') ?? false);
  const trailingStopIncrement = v2 ? found.number('trailingStopIncrement') : undefined;
  if (v2) {
    found.choice('timeInForce', timesInForce);
    if (!trailingStop && trailingStopIncrement !== undefined) conditional.absent();
    if (trailingStop && stopLevel !== undefined) conditional.absent();
    if (trailingStop && guaranteedStop) conditional.value();
    if (trailingStop && (stopDistance === undefined || trailingStopIncrement === undefined)) conditional.presentForTrailing();
    if (trailingStopIncrement === '') refuse('invalid.request.trailingStopIncrement');
  }
  for (const [name, text] of Object.entries(attached)) if (text === '') refuse(`invalid.request.${name}`);
  return given({ epic, expiry, direction, size, currencyCode, forceOpen, guaranteedStop, trailingStop, trailingStopIncrement, dealReference, level, ...attached }) as Omit<OpenPosition, 'type' | 'accountId'>;
}

/** DELETE /positions/otc: by dealId, or by epic and expiry. */
export function readClose(body: Body): Omit<ClosePosition, 'type' | 'accountId'> {
  const found = fields(body);
  const dealId = found.text('dealId', /^.{1,30}$/);
  const epic = found.text('epic', epicPattern);
  const expiry = found.text('expiry', expiryPattern);
  const direction = found.required('direction', found.choice('direction', directions));
  const size = found.size();
  const level = orderLevel(found);
  found.choice('timeInForce', timesInForce);
  if (dealId !== undefined && epic !== undefined) conditional.exclusive();
  if ((dealId ?? epic) === undefined) conditional.oneOf();
  if (epic !== undefined && expiry === undefined) conditional.present();
  return given({ dealId, epic, expiry: epic === undefined ? undefined : expiry, direction, size, level }) as Omit<ClosePosition, 'type' | 'accountId'>;
}
