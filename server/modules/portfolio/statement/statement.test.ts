// A day's statement of a portfolio that fills from an account: real trading, real inflow, and the broker's history as the venue tells it.
import { expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import { createIds } from '../../../lib/ids.ts';
import * as build from '../../../testing/build.ts';
import { openedPosition, tradingRig } from '../../../testing/trading-rig.ts';
import { createCallerFactory } from '../../../trpc/init.ts';
import { createPortfolioInflow, createPortfolioModule } from '../index.ts';
import { sum } from '../ledger/amount.ts';
import { quietMs } from '../inflow/stretch.ts';
import type { BrokerCash } from './ports.ts';
import { AppError } from '../../../lib/app-error.ts';

/** An account whose first day is Monday, 2026-01-05: 10,000 paid in, then a deal. */
async function setUp() {
  const rig = await tradingRig();
  const { database, clock, events, accounts, venue } = rig;
  const ids = createIds(clock);
  const inflow = createPortfolioInflow({ database, clock, ids, events, accounts });
  const { brokerCash } = rig.trading;
  const reading = (cash: BrokerCash | undefined) => {
    const { router } = createPortfolioModule({ database, clock, ids, ...(cash && { brokerCash: cash }) });
    return (id: string) =>
      createCallerFactory(router)(
        build.context({ principal: build.principal(['session', 'account:read'], { id }), clock }),
      );
  };
  const as = reading(brokerCash);
  let money = '0';
  let rows = 0;
  /** The broker's cash moves, its stream tells it, and (`isKept`) its history has a row for it. */
  const move = async (amount: string, type: 'deal' | 'deposit' | 'other', isKept = true) => {
    clock.advance(1_000);
    money = decimal.add(money, amount);
    const id = `txn_${++rows}`;
    if (isKept)
      venue.transactions.push({
        ...{
          id,
          at: clock.now(),
          type,
          brokerType: type,
          reference: 'ABCDEFG',
          name: 'x',
          amount,
          currency: '£',
        },
        ...{ direction: null, size: null, openLevel: null, closeLevel: null, openedAt: null },
      });
    await rig.trading.applyAccountEvent({
      schemaVersion: 1,
      eventId: `funds ${rows}`,
      accountId: rig.accountId,
      kind: 'funds',
      data: { cash: money, margin: '0', runningProfit: '0', at: clock.now().toISOString() },
    } as never);
    return id;
  };
  /** Opens and closes a position; gives what it paid. */
  const deal = async (over: object = {}) => {
    const close = await rig.as().closePosition(rig.close(await openedPosition(rig, { ...over })));
    await rig.applyConfirm(close.dealReference);
    const { deals } = await rig.as().listDeals({});
    return { deal: close.id, profit: deals.find(({ id }) => id === close.id)!.profit! };
  };
  const settle = async () => {
    clock.advance(2 * quietMs);
    await inflow.run();
  };
  const annWith = (cash: BrokerCash | undefined) => reading(cash)(rig.userId);
  return { rig, clock, venue, ann: as(rig.userId), ben: as('user_ben'), annWith, move, deal, settle };
}

test('a day agrees with the broker to the cent, and what does not is named on both sides', async () => {
  const app = await setUp();
  await using _rig = app.rig;
  const paidIn = await app.move('10000', 'deposit');
  await app.move('0.5', 'other');
  const first = await app.deal();
  const dealt = await app.move(first.profit, 'deal');
  await app.settle();
  const [portfolio] = (await app.ann.list({})).portfolios;
  const { id } = portfolio!;
  const on = portfolio!.startsOn;
  const agreed = await app.ann.statement({ id, on });
  const cash = decimal.add('10000.5', first.profit);
  expect(agreed).toMatchObject({
    accountId: app.rig.accountId,
    environment: 'simulated',
    ours: { cash: [{ currency: 'GBP', opening: '0', closing: cash }], left: [] },
    broker: { opening: '0', closing: cash, balance: { cash } },
    noBroker: null,
    differences: { opening: '0', closing: '0' },
  });
  expect(agreed.ours.movements.map(({ kind, amount, deal }) => [kind, amount, deal])).toContainEqual([
    'result',
    first.profit,
    first.deal,
  ]);
  expect(agreed.broker!.movements.map(({ id: row }) => row)).toEqual([paidIn, 'txn_2', dealt]);
  expect(agreed.differences!.rows).toEqual([]);

  // Theirs alone, ours alone, and a pair that differs by a cent.
  const second = await app.deal();
  const wrong = await app.move(second.profit, 'deal');
  Object.assign(app.venue.transactions.at(-1)!, { amount: decimal.subtract(second.profit, '0.01') });
  await app.settle();
  const unseen = 'txn_unseen';
  app.venue.transactions.push({
    ...app.venue.transactions[0]!,
    id: unseen,
    at: app.clock.now(),
    amount: '3',
  });
  const { id: entered } = await app.ann.addTransaction({
    id,
    at: app.clock.now(),
    terms: { kind: 'fee', amount: '2', currency: 'GBP' },
    idempotencyKey: 'a-key-of-ann',
  });
  await app.rig.trading.applyAccountEvent({
    schemaVersion: 1,
    eventId: 'funds again',
    accountId: app.rig.accountId,
    kind: 'funds',
    data: { ...(await told(app)), at: app.clock.now().toISOString() },
  } as never);
  app.clock.advance(quietMs);
  const { differences, ours, broker } = await app.ann.statement({ id, on });
  const result = ours.movements.find(({ amount, kind }) => kind === 'result' && amount === second.profit)!;
  expect(differences!.rows).toEqual(
    expect.arrayContaining([
      { what: 'amounts', ours: [expect.any(String)], theirs: [wrong], difference: '0.01' },
      { what: 'ours_only', ours: [entered], theirs: [], difference: '-2' },
      { what: 'theirs_only', ours: [], theirs: [unseen], difference: '-3' },
    ]),
  );
  expect(differences!.rows).toHaveLength(3);
  expect(result.deal).toMatch(/^deal_/);
  const moved = sum(differences!.rows.map((row) => row.difference));
  expect(decimal.add(differences!.opening, moved)).toBe(differences!.closing);
  expect(decimal.subtract(ours.cash[0]!.closing, broker!.closing)).toBe(differences!.closing);

  // The day after: it begins as that one ended, on both sides.
  app.clock.advance(24 * 3_600_000);
  await app.move('1', 'other');
  await app.settle();
  const next = await app.ann.statement({ id, on: '2026-01-06' });
  const after = (closing: string) => ({ opening: closing, closing: decimal.add(closing, '1') });
  expect(next.ours).toMatchObject({ movements: [{ amount: '1' }], cash: [after(ours.cash[0]!.closing)] });
  expect(next.broker).toMatchObject({ movements: [{ amount: '1' }], ...after(broker!.closing) });
  expect(next.differences).toEqual({ ...differences, opening: differences!.closing, rows: [] });
  expect((await app.ann.statement({ id, on })).broker).toMatchObject({
    opening: broker!.opening,
    closing: broker!.closing,
  });
});
const told = async ({ rig }: Awaited<ReturnType<typeof setUp>>) => {
  const { cash, margin, runningProfit } = await rig.risk();
  return { cash: cash!, margin: margin!, runningProfit: runningProfit! };
};

test('without an account, or with a part of one, there is our side alone and the reason; nobody reads another’s', async () => {
  const app = await setUp();
  await using _rig = app.rig;
  const make = (tags: string[]) =>
    app.ann.create({ name: 'Own', tags, baseCurrency: 'GBP', startsOn: '2026-01-01' });
  const [own, part] = [await make([]), await make([app.rig.accountId, 'gaps'])];
  await app.move('10000', 'deposit');
  const { profit } = await app.deal({ tag: 'gaps' });
  await app.move(profit, 'deal');
  await app.settle();
  for (const [n, terms] of [
    { kind: 'deposit', amount: '7', currency: 'GBP' } as const,
    { kind: 'fee', amount: '2', currency: 'GBP' } as const,
  ].entries())
    await app.ann.addTransaction({
      id: own.id,
      at: new Date(app.clock.now().getTime() - (1 - n) * 24 * 3_600_000),
      terms,
      idempotencyKey: `a-key-of-${n}`,
    });
  expect(await app.ann.statement({ id: own.id, on: '2026-01-05' })).toMatchObject({
    accountId: null,
    ours: {
      cash: [{ currency: 'GBP', opening: '7', closing: '5' }],
      movements: [{ kind: 'fee', amount: '-2' }],
    },
    broker: null,
    noBroker: 'own_portfolio',
    differences: null,
  });
  expect(await app.ann.statement({ id: part.id, on: '2026-01-05' })).toMatchObject({
    accountId: app.rig.accountId,
    broker: null,
    noBroker: 'part_of_account',
    ours: { cash: [{ closing: profit }] },
  });
  // What flowed into the part is of the account's cash, and of its own portfolio's statement.
  const whole = (await app.ann.list({})).portfolios.find(({ id }) => id !== own.id && id !== part.id)!;
  const { ours, differences } = await app.ann.statement({ id: whole.id, on: '2026-01-05' });
  expect(ours.movements.map(({ portfolioId, kind }) => [portfolioId, kind])).toEqual([
    [whole.id, 'adjustment'],
    [part.id, 'result'],
  ]);
  expect(differences).toEqual({ opening: '0', rows: [], closing: '0' });
  await expect(app.ben.statement({ id: own.id, on: '2026-01-05' })).rejects.toMatchObject({
    cause: { code: 'portfolio.not_found' },
  });
  for (const on of ['2025-12-31', '2026-01-06'])
    await expect(app.ann.statement({ id: own.id, on })).rejects.toMatchObject({
      cause: { code: 'request.invalid', options: { fields: { on: expect.any(String) } } },
    });
});

/** The first day of a portfolio that has filled itself. */
async function filledDay(app: Awaited<ReturnType<typeof setUp>>) {
  await app.move('10000', 'deposit');
  await app.move((await app.deal()).profit, 'deal');
  await app.settle();
  const portfolio = (await app.ann.list({})).portfolios[0]!;
  return { id: portfolio.id, on: portfolio.startsOn };
}

test.each<[string, (real: BrokerCash, endsAt: Date) => BrokerCash | undefined]>([
  ['not_read_here', () => undefined],
  ['balance_unknown', (real) => ({ ...real, balance: async () => null })],
  [
    'account_gone',
    (real) => ({ ...real, history: () => Promise.reject(new AppError('accounts.not_found')) }),
  ],
  [
    'history_begins_later',
    (real, endsAt) => ({
      ...real,
      history: async (...asked) => ({ ...(await real.history(...asked)), since: endsAt }),
    }),
  ],
  [
    'history_begins_later',
    (real) => ({
      ...real,
      history: async (...asked) => ({ ...(await real.history(...asked)), since: null }),
    }),
  ],
  [
    'history_too_long',
    (real) => ({
      ...real,
      async history(...asked) {
        const page = await real.history(asked[0], { ...asked[1], cursor: undefined });
        const [row] = page.transactions;
        return { ...page, transactions: Array.from({ length: 500 }, () => row!), nextCursor: 'more' };
      },
    }),
  ],
])('the broker’s side says %s and leaves ours as it is', async (noBroker, cash) => {
  const app = await setUp();
  await using _rig = app.rig;
  const day = await filledDay(app);
  const whole = await app.ann.statement(day);
  const ann = app.annWith(cash(app.rig.trading.brokerCash, app.clock.now()));
  expect(whole.noBroker).toBeNull();
  expect(await ann.statement(day)).toEqual({ ...whole, broker: null, noBroker, differences: null });
});

test('what else fails at the broker is the call’s failure, and no reason of a statement', async () => {
  const app = await setUp();
  await using _rig = app.rig;
  const day = await filledDay(app);
  const history = () => Promise.reject(new AppError('broker.unavailable'));
  await expect(app.annWith({ ...app.rig.trading.brokerCash, history }).statement(day)).rejects.toMatchObject({
    cause: { code: 'broker.unavailable' },
  });
});
