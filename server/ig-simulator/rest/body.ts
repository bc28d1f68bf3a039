// Forms of a deal's body: single fields, the codes of rules across them, and what all deals share. Knows no endpoint and no market.
import { decimal } from '../../../shared/decimal.ts';
import type { Direction } from '../engine/words.ts';
import { given } from '../given.ts';
import { IgError, type Call } from './endpoint.ts';
import { NumberText } from './json-body.ts';

export type Body = Record<string, unknown>;
const maxDecimals = 12;
/** Twenty digits on each side are more than any price has; the bound keeps `1e999999` from becoming a million digits. */
const numberPattern = /^-?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,2})?$/;
export const refuse = (code: string): never => {
  throw new IgError(400, code);
};
/** Codes of rules across fields (IG REST: validation codes). */
export const conditional = {
  exclusive: () => refuse('validation.mutual-exclusive-value.request'),
  oneOf: () => refuse('validation.one-selection-required.request'),
  absent: () => refuse('validation.null-conditional-set-value.request'),
  // IG has two spellings and does not say which goes with which rule: the first for order types and dates, the second for stops.
  present: () => refuse('validation.not-null-conditional.request'),
  presentForStop: () => refuse('validation.not-null-conditional-set-value.request'),
  value: () => refuse('validation.target-value-conditional-set-value.request'),
};

/** Fields of one body; null counts as absent. Numbers may be text and text is kept as it came. Refusals call the body by `name`. */
export function fields(body: Body, name = 'request') {
  const raw = (field: string): unknown => body[field] ?? undefined;
  return {
    required<T>(field: string, value: T | undefined): T {
      return value ?? refuse(`validation.null-not-allowed.${name}.${field}`);
    },
    text(field: string, pattern: RegExp, { numbers = false } = {}): string | undefined {
      const found = raw(field);
      const value = numbers && found instanceof NumberText ? found.text : found;
      if (value === undefined) return undefined;
      if (typeof value !== 'string') return refuse(`invalid.${name}.${field}`);
      return pattern.test(value) ? value : refuse(`validation.pattern.invalid.${name}.${field}`);
    },
    choice<T extends string>(field: string, values: readonly T[]): T | undefined {
      const value = raw(field);
      return value === undefined
        ? undefined
        : (values.find((each) => each === value) ?? refuse(`invalid.${name}.${field}`));
    },
    flag(field: string): boolean | undefined {
      const value = raw(field);
      if (value === undefined) return undefined;
      return value === true || value === 'true'
        ? true
        : value === false || value === 'false'
          ? false
          : refuse(`invalid.${name}.${field}`);
    },
    /** '' passes for now: IG takes it as given, and only then as unreadable. */
    number(field: string): string | undefined {
      const value = raw(field);
      if (value === undefined) return undefined;
      const text =
        value instanceof NumberText
          ? value.text
          : typeof value === 'string'
            ? value
            : refuse(`invalid.${name}.${field}`);
      return text === '' || numberPattern.test(text) ? text : refuse(`invalid.${name}.${field}`);
    },
    size(): string {
      const text = this.required('size', this.number('size'));
      if (
        text === '' ||
        decimal.compare(text, '0') <= 0 ||
        decimal.compare(decimal.round(text, maxDecimals, 'down'), text) !== 0
      )
        return refuse('invalid.request.size');
      return text;
    },
  };
}
export type Fields = ReturnType<typeof fields>;

export const directions: readonly Direction[] = ['BUY', 'SELL'];
export const epicPattern = /^[A-Za-z0-9._]{6,30}$/;
export const expiryPattern = /^(?:(?:\d{2}-)?[A-Z]{3}-\d{2}|-|DFB)$/;
export const dealIdPattern = /^.{1,30}$/;
/** The `:dealId` of a path. */
export const dealIdOf = ({ params }: Call) => fields(params).text('dealId', dealIdPattern)!;
export const referenceOf = (found: Fields) => found.text('dealReference', /^[A-Za-z0-9_-]{1,30}$/);

/** What every order to open names. */
export const subjectOf = (found: Fields) => ({
  epic: found.required('epic', found.text('epic', epicPattern)),
  expiry: found.required('expiry', found.text('expiry', expiryPattern)),
  direction: found.required('direction', found.choice('direction', directions)),
  size: found.size(),
  currencyCode: found.required('currencyCode', found.text('currencyCode', /^[A-Z]{3}$/)),
});
export const attachedOf = (found: Fields) =>
  given({
    stopLevel: found.number('stopLevel'),
    stopDistance: found.number('stopDistance'),
    limitLevel: found.number('limitLevel'),
    limitDistance: found.number('limitDistance'),
  });
/** At most one of each pair. */
export function onePerPair({
  stopLevel,
  stopDistance,
  limitLevel,
  limitDistance,
}: ReturnType<typeof attachedOf>): void {
  if (
    (stopLevel !== undefined && stopDistance !== undefined) ||
    (limitLevel !== undefined && limitDistance !== undefined)
  )
    conditional.exclusive();
}
/** '' is refused here, after the rules across fields. */
export function readable(numbers: Record<string, string | undefined>): void {
  for (const [name, text] of Object.entries(numbers)) if (text === '') refuse(`invalid.request.${name}`);
}
