// The report of a rehearsal: what was dealt, what it came to, what was refused; as data and as text.
import { decimal } from '../../../shared/decimal.ts';
import { stateHash, type Entries } from './books.ts';
import type { Figures } from './api.ts';
import type { Reached } from './steps.ts';

export interface RehearsalReport {
  bot: {
    exit: number | string;
    endedBy: 'itself' | 'the end of the recording' | 'an interruption' | 'a failure';
  };
  /** Why it could not go on; null: nothing was wrong. */
  failure: string | null;
  recording: { epics: string[]; from: string; to: string; reached: Reached };
  deals: { total: number; byStatus: Record<string, number>; reasons: Record<string, number> };
  positions: { opened: number; open: number };
  orders: { placed: number; open: number };
  money: { begun: string; cash: string; equity: string; profit: string; drawdown: string };
  breaks: number;
  requests: { all: number; refused: number };
  /** Of deals, positions, orders, cash and figures. `repeatable`: the same bot on the same recording and seed gives the same. */
  state: { hash: string; repeatable: boolean; note: string | null; seed: string };
}

/** Follows what an account is worth: the worst fall from a height. */
export function createDrawdown() {
  let [highest, worst]: [string | undefined, string] = [undefined, '0'];
  return {
    see({ equity }: Figures) {
      if (highest === undefined || decimal.compare(equity, highest) > 0) highest = equity;
      const fall = decimal.subtract(highest, equity);
      if (decimal.compare(fall, worst) > 0) worst = fall;
    },
    worst: () => worst,
  };
}

const countBy = <Row>(rows: readonly Row[], of: (row: Row) => string | undefined): Record<string, number> => {
  const counts = new Map<string, number>();
  for (const name of rows.map(of)) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
};

export function reportOf({
  entries,
  figures,
  begun,
  drawdown,
  isStepped,
  seed,
  ...given
}: Pick<RehearsalReport, 'bot' | 'failure' | 'recording' | 'requests'> & {
  entries: Entries;
  figures: Figures;
  begun: Figures;
  drawdown: string;
  isStepped: boolean;
  seed: string;
}): RehearsalReport {
  const { deals, positions, orders, breaks, cash } = entries;
  const repeatable = isStepped && given.failure === null && given.bot.endedBy !== 'an interruption';
  return {
    ...given,
    deals: {
      total: deals.length,
      byStatus: countBy(deals, ({ status }) => status),
      reasons: countBy(deals, ({ reason }) => reason?.code),
    },
    positions: {
      opened: positions.length,
      open: positions.filter(({ closedAt }) => closedAt === null).length,
    },
    orders: { placed: orders.length, open: orders.filter(({ state }) => state === 'open').length },
    money: {
      begun: begun.equity,
      cash,
      equity: figures.equity,
      profit: decimal.subtract(figures.equity, begun.equity),
      drawdown,
    },
    breaks: breaks.length,
    state: {
      hash: stateHash(entries, { ...figures }),
      repeatable,
      note: repeatable
        ? null
        : isStepped
          ? 'It did not come to its end: another run may stop elsewhere.'
          : 'The recording ran by the clock of this machine: another run gives another hash. --step makes it repeatable.',
      seed,
    },
  };
}

const listed = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
/** For a terminal, a line a thing. */
export function reportText({
  bot,
  failure,
  recording,
  deals,
  positions,
  orders,
  money,
  breaks,
  requests,
  state,
}: RehearsalReport): string {
  const { reached } = recording;
  const rows: [string, string][] = [
    ['bot', `exit ${bot.exit}, ended by ${bot.endedBy}`],
    ...(failure === null ? [] : ([['failure', failure]] as [string, string][])),
    ['recording', `${recording.epics.join(', ')}, ${recording.from} to ${recording.to}`],
    ['reached', `${reached.at}, ${reached.left} instants left`],
    ['deals', `${deals.total}${deals.total > 0 ? `: ${listed(deals.byStatus)}` : ''}`],
    ...(Object.keys(deals.reasons).length > 0
      ? ([['refused for', listed(deals.reasons)]] as [string, string][])
      : []),
    ['positions', `${positions.opened} opened, ${positions.open} still open`],
    ['orders', `${orders.placed} placed, ${orders.open} still resting`],
    ['profit', `${money.profit} (equity ${money.begun} → ${money.equity}, cash ${money.cash})`],
    ['drawdown', money.drawdown],
    ['breaks', String(breaks)],
    ['requests', `${requests.all}, ${requests.refused} answered with an error`],
    ['state hash', `${state.hash}${state.repeatable ? '' : ' (not repeatable)'}`],
    ...(state.note === null ? [] : ([['', state.note]] as [string, string][])),
    ['seed', state.seed],
  ];
  return rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join('');
}
