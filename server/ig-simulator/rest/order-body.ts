// Bodies of requests about working orders, with the rules across their fields (IG REST: /workingorders/otc v1 and v2), as IG's 400 codes. Knows no market.
import type { AmendOrder, PlaceOrder } from '../engine/commands.ts';
import type { OrderKind } from '../engine/words.ts';
import { given } from '../given.ts';
import {
  attachedOf,
  conditional,
  fields,
  onePerPair,
  readable,
  referenceOf,
  refuse,
  subjectOf,
  type Body,
  type Fields,
} from './body.ts';

const orderKinds: readonly OrderKind[] = ['LIMIT', 'STOP'];
const timesInForce = ['GOOD_TILL_CANCELLED', 'GOOD_TILL_DATE'] as const;

/** `yyyy/MM/dd HH:mm:ss` in UTC, or epoch milliseconds (thirteen digits reach to 2286), as ISO 8601. */
const goodTillPattern = /^(?:\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}|\d{1,13})$/;
function instantOf(text: string): string {
  const written = text.includes('/') ? text.replaceAll('/', '-').replace(' ', 'T') : undefined;
  const at = new Date(written === undefined ? Number(text) : `${written}Z`);
  return Number.isNaN(at.getTime()) || (written !== undefined && !at.toISOString().startsWith(written))
    ? refuse('invalid.request.goodTillDate')
    : at.toISOString();
}
/** Null: good till cancelled, whatever date is given besides; undefined: neither a time in force nor a date. */
function goodTillOf(
  found: Fields,
  timeInForce: (typeof timesInForce)[number] | undefined,
): string | null | undefined {
  const date = found.text('goodTillDate', goodTillPattern, { numbers: true });
  if (timeInForce === 'GOOD_TILL_CANCELLED') return null;
  if (timeInForce === 'GOOD_TILL_DATE' && date === undefined) conditional.present();
  return date === undefined ? undefined : instantOf(date);
}

/** POST /workingorders/otc. Version 1 knows no forceOpen, and takes either kind of stop as a guaranteed one. */
export function readOrder(body: Body, version: number): Omit<PlaceOrder, 'type' | 'accountId'> {
  const found = fields(body);
  const subject = subjectOf(found);
  const level = found.required('level', found.number('level'));
  const kind = found.required('type', found.choice('type', orderKinds));
  const goodTill =
    goodTillOf(found, found.required('timeInForce', found.choice('timeInForce', timesInForce))) ?? undefined;
  const guaranteedStop = found.required('guaranteedStop', found.flag('guaranteedStop'));
  const forceOpen = version === 2 ? found.flag('forceOpen') : undefined;
  const dealReference = referenceOf(found);
  const attached = attachedOf(found);
  onePerPair(attached);
  if (guaranteedStop && version === 1 && (attached.stopLevel ?? attached.stopDistance) === undefined)
    conditional.oneOf();
  if (guaranteedStop && version === 2 && attached.stopDistance === undefined) conditional.presentForStop();
  readable({ level, ...attached });
  return given({ ...subject, level, kind, goodTill, forceOpen, guaranteedStop, dealReference, ...attached });
}

/** PUT /workingorders/otc/{dealId}: what is attached is taken off when it is left out, a guaranteed stop too (trading-ig#224). */
export function readOrderAmend(body: Body): Omit<AmendOrder, 'type' | 'accountId' | 'dealId'> {
  const found = fields(body);
  const level = found.required('level', found.number('level'));
  const kind = found.choice('type', orderKinds);
  const goodTill = goodTillOf(found, found.choice('timeInForce', timesInForce));
  const guaranteedStop = found.flag('guaranteedStop') ?? false;
  const attached = attachedOf(found);
  onePerPair(attached);
  if (guaranteedStop && attached.stopLevel === undefined) conditional.presentForStop();
  readable({ level, ...attached });
  return given({ level, kind, goodTill, guaranteedStop, ...attached });
}
