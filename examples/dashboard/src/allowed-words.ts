// What may be dealt on an account from here, and why not more: by what is set, by today's loss and by how the broker treats it. Pure.
import type { AccountHealth, AccountRisk, AccountState, DealingSwitch } from '../../../client/index.ts';
import { decimal } from '../../../shared/decimal.ts';
import { money } from './format.ts';

const limitName = { maxSize: 'size of a deal', maxDailyLoss: 'loss of a day' };
const setter: Record<DealingSwitch['by'], string> = {
  owner: 'you have',
  administrator: 'an administrator has',
  dead_man: 'the dead-man’s switch has',
};
/** Of an account on which FTrader opens nothing for the broker's sake. */
const brokerWords: Partial<Record<AccountState, string>> = {
  read_only: 'the broker lets nobody deal on it',
  offline: 'the broker does not answer',
};

function switchWords({ scope, by, dealingState, reason }: DealingSwitch): string {
  if (scope === 'flatten') return 'everything on it is being closed';
  const of = {
    account: 'on it',
    user: 'on all of yours',
    administrator: 'on all of yours',
    everything: 'here',
  };
  const what = dealingState === 'halted' ? 'stopped dealing' : 'allowed closing only';
  return `${setter[by]} ${what} ${of[scope]}${reason === null ? '' : ` (“${reason}”)`}`;
}

/** Why nothing is opened, of whatever forbids it; empty when it may be. */
function whyNotOpen({ dealingState, missing, switches, limits, today, currency }: AccountRisk): string[] {
  const { maxDailyLoss: limit } = limits;
  const unset = missing.map((name) => limitName[name]);
  const isUnexplained = dealingState !== 'active' && unset.length === 0 && switches.length === 0;
  return [
    ...(unset.length > 0 ? [`its limit of the ${unset.join(' and of the ')} is not set`] : []),
    ...switches.map(switchWords),
    ...(isUnexplained ? ['dealing is stopped'] : []),
    ...(limit !== null && today === null
      ? ['nobody knows today’s loss, since the broker has not told the account’s figures']
      : []),
    ...(limit !== null && today !== null && decimal.compare(today.loss, limit) >= 0
      ? [`${money(today.loss)} ${currency} were lost today, and the limit is ${money(limit)}`]
      : []),
  ];
}

/** `Opening and closing`, or what is left of it and why. An account that is merely degraded deals. */
export function allowedWords(risk: AccountRisk, { state }: Pick<AccountHealth, 'state'>): string {
  if (state === 'disconnected') return 'Nothing: it is disconnected';
  if (risk.dealingState === 'off') return 'Nothing: live dealing is off';
  const ofBroker = brokerWords[state];
  const why = [...(ofBroker ? [ofBroker] : []), ...whyNotOpen(risk)];
  if (why.length === 0) return 'Opening and closing';
  return `${ofBroker ? 'Closing only, which is tried' : 'Closing only'}: ${why.join('; ')}`;
}
