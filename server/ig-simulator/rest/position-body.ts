// Bodies of requests about positions: open, close and amend, with the rules across their fields (IG REST: /positions/otc v1 and v2), as IG's 400 codes.
import type { AmendPosition, ClosePosition, OpenPosition } from '../engine/commands.ts';
import { given } from '../given.ts';
import {
  attachedOf,
  conditional,
  dealIdPattern,
  directions,
  epicPattern,
  expiryPattern,
  fields,
  onePerPair,
  readable,
  referenceOf,
  refuse,
  subjectOf,
  type Body,
  type Fields,
} from './body.ts';

/** The level of a LIMIT order, undefined for MARKET. Nobody here is given quotes, so a QUOTE order names one that does not exist. */
function orderLevel(found: Fields): string | undefined {
  const orderType = found.required('orderType', found.choice('orderType', ['MARKET', 'LIMIT', 'QUOTE']));
  const level = found.number('level');
  const quoteId = found.text('quoteId', /^[^]*$/);
  if (orderType === 'MARKET' && (level ?? quoteId) !== undefined) conditional.absent();
  if (orderType !== 'MARKET' && level === undefined) conditional.present();
  if (orderType === 'LIMIT' && quoteId !== undefined) conditional.absent();
  if (orderType === 'QUOTE')
    return quoteId === undefined ? conditional.present() : refuse('invalid.request.quoteId');
  return level === '' ? refuse('invalid.request.level') : level;
}
const timesInForce = ['EXECUTE_AND_ELIMINATE', 'FILL_OR_KILL'] as const;

/** POST /positions/otc. Version 1 knows no trailing stops and no time in force, and lets stops go without forceOpen. */
export function readOpen(body: Body, version: number): Omit<OpenPosition, 'type' | 'accountId'> {
  const found = fields(body);
  const subject = subjectOf(found);
  const forceOpen = found.required('forceOpen', found.flag('forceOpen'));
  const guaranteedStop = found.required('guaranteedStop', found.flag('guaranteedStop'));
  const dealReference = referenceOf(found);
  const attached = attachedOf(found);
  const { stopLevel, stopDistance } = attached;
  const level = orderLevel(found);
  onePerPair(attached);
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
    if (trailingStop && (stopDistance === undefined || trailingStopIncrement === undefined))
      conditional.presentForStop();
  }
  readable({ ...attached, trailingStopIncrement });
  return given({
    ...subject,
    forceOpen,
    guaranteedStop,
    trailingStop,
    trailingStopIncrement,
    dealReference,
    level,
    ...attached,
  });
}

/** DELETE /positions/otc: by dealId, or by epic and expiry. */
export function readClose(body: Body): Omit<ClosePosition, 'type' | 'accountId'> {
  const found = fields(body);
  const dealId = found.text('dealId', dealIdPattern);
  const epic = found.text('epic', epicPattern);
  const expiry = found.text('expiry', expiryPattern);
  const direction = found.required('direction', found.choice('direction', directions));
  const size = found.size();
  const level = orderLevel(found);
  found.choice('timeInForce', timesInForce);
  if (dealId !== undefined && epic !== undefined) conditional.exclusive();
  if ((dealId ?? epic) === undefined) conditional.oneOf();
  if (epic !== undefined && expiry === undefined) conditional.present();
  return given({ dealId, epic, expiry: epic === undefined ? undefined : expiry, direction, size, level });
}

/** PUT /positions/otc/{dealId}: the whole new state. Version 1 knows no trailing stops, so it takes one off. */
export function readAmend(body: Body, version: number): Omit<AmendPosition, 'type' | 'accountId' | 'dealId'> {
  const found = fields(body);
  const levels = { stopLevel: found.number('stopLevel'), limitLevel: found.number('limitLevel') };
  const { stopLevel } = levels;
  const guaranteedStop = found.flag('guaranteedStop') ?? false;
  const trailingStop = version === 2 && (found.flag('trailingStop') ?? false);
  const trailing =
    version === 2
      ? {
          trailingStopDistance: found.number('trailingStopDistance'),
          trailingStopIncrement: found.number('trailingStopIncrement'),
        }
      : {};
  const set = Object.values(trailing).filter((each) => each !== undefined).length;
  if (guaranteedStop && trailingStop) conditional.value();
  if (guaranteedStop && stopLevel === undefined) conditional.presentForStop();
  if (!trailingStop && set > 0) conditional.absent();
  if (trailingStop && (stopLevel === undefined || set < 2)) conditional.presentForStop();
  readable({ ...levels, ...trailing });
  return given({ ...levels, guaranteedStop, trailingStop, ...trailing });
}
