// The kill switch in words: what is set, for whom, by whom, when and why. Pure.
import type { AccountRisk, DealingSwitch, SetDealingState } from '../../../client/index.ts';
import { dayAndTime } from './format.ts';

export const scopeName: Record<SetDealingState['scope'], string> = {
  account: 'this account',
  user: 'all your accounts',
};
/** The short word of what may be dealt. */
export const dealingWord: Record<AccountRisk['dealingState'], string> = {
  active: 'Dealing',
  reduce_only: 'Closing only',
  halted: 'Halted',
  off: 'Live dealing off',
};
const setBy: Record<DealingSwitch['by'], string> = {
  owner: 'set by you',
  administrator: 'set by an administrator',
  dead_man: 'set by the dead-man’s switch',
};
const setFor: Record<Exclude<DealingSwitch['scope'], 'flatten'>, string> = {
  ...scopeName,
  administrator: 'all your accounts',
  everything: 'every account here',
};

/** `This account, set by you at 12:03:04: “my model misbehaves”`. */
export function switchSentence({ scope, by, at, reason }: DealingSwitch): string {
  if (scope === 'flatten') return 'Everything on this account is being closed. It deals again afterwards';
  const whose = setFor[scope];
  return `${whose.charAt(0).toUpperCase()}${whose.slice(1)}, ${setBy[by]} at ${dayAndTime(at)}${
    reason === null ? ', no reason given' : `: “${reason}”`
  }`;
}

/** Whose switch it is to take back; undefined: an administrator's, or of something that ends by itself. */
export const ownScope = ({ scope }: DealingSwitch): SetDealingState['scope'] | undefined =>
  scope === 'account' || scope === 'user' ? scope : undefined;
