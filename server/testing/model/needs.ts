// For which kinds of deals each rule of the order path is needed: without it the model finds a run that breaks what is promised.
import type { DealKindName } from '../../../shared/trading.ts';
import type { Rules } from './rules.ts';

const every: readonly DealKindName[] = [
  'open',
  'net',
  'close',
  'amend',
  'place_order',
  'amend_order',
  'cancel_order',
];
const changesOne: readonly DealKindName[] = ['close', 'amend', 'amend_order', 'cancel_order'];

export const neededBy: Record<keyof Rules, readonly DealKindName[]> = {
  sendOnce: every,
  commitBeforeSend: every,
  keyReplays: every,
  sendInTime: every,
  settleBeforeAbsence: every,
  twoReads: every,
  readsApart: every,
  rowLock: every,
  advanceTable: every,
  // What bears no reference of ours is adopted by its own confirm alone.
  lateAppearanceAdopted: ['open', 'net', 'place_order'],
  sweep: every,
  oneAtATime: changesOne,
  // Of the two kinds that change an order and the one that changes a position: what they are told bears one reference.
  evidenceAfter: ['amend', 'amend_order', 'cancel_order'],
  othersReferences: ['close'],
  apiOnly: ['close'],
  ownReference: ['close'],
  weighed: ['net'],
  untoldCounted: ['net'],
  listsAreOlder: ['amend_order'],
};
