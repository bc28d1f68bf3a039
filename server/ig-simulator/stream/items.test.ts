// Items without a wire: the fields of trade messages, what is kept of them, and texts shared among subscriptions.
import { expect, test } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import type { Login } from '../access/logins.ts';
import { instrumentByEpic } from '../market/instruments.ts';
import { createMarket } from '../market/seeded-market.ts';
import { createSeededPrices } from '../market/seeded-prices.ts';
import { createTimers } from '../timers.ts';
import { createAccountFeed } from './account-feed.ts';
import { createItems } from './items.ts';
import { createOutbox, repeated, type TradeMessage } from './outbox.ts';
import type { Item, Update } from './updates.ts';

const epic = 'CS.D.EURUSD.CFD.IP';
function world() {
  const clock = createManualClock();
  const timers = createTimers(clock);
  const trades = createOutbox({ clock, timers, logger: silentLogger });
  const instrument = instrumentByEpic.get(epic)!;
  const items = createItems({
    sources: new Map([
      [
        epic,
        createSeededPrices(instrument, createMarket(instrument, { seed: 'test', realHours: false }), clock),
      ],
    ]),
    figures: () => {
      throw new Error('nobody asks');
    },
    accounts: createAccountFeed({ clock, timers }),
    trades,
    clock,
  });
  const account = {
    accountId: 'ABC12',
    accountName: 'First',
    accountType: 'CFD',
    currency: 'GBP',
    balance: '1',
  } as const;
  const login = { clientId: '100000000', accounts: [account] } as unknown as Login;
  const find = (name: string, adapter = '') => items.find(name, adapter, { login, account }) as Item;
  function watch(item: Item, schema: string[], snapshot = Infinity) {
    const heard: Update[] = [];
    item.start(schema, { snapshot, push: (update) => void heard.push(update), busy: () => undefined });
    return heard;
  }
  const send = (field: TradeMessage['field'], text: string, accountId = 'ABC12') =>
    trades.send(accountId, clock.now().getTime(), { field, text });
  return { clock, find, watch, send };
}

test('each trade message fills its own field, WOU too, in the order of the schema', () => {
  const { find, watch, send } = world();
  const heard = watch(find('TRADE:ABC12'), ['WOU', 'CONFIRMS', 'OPU']);
  send('CONFIRMS', 'a');
  send('OPU', 'b');
  send('WOU', 'c');
  expect(heard.map(({ values }) => values)).toEqual([
    [null, 'a', null],
    [null, null, 'b'],
    ['c', null, null],
  ]);
});

test('a field that a trade or a tick does not have is null in each of them', () => {
  const { clock, find, watch, send } = world();
  const unknown = ['NET_CHG_', 'constructor', 'toString'];
  const trades = watch(find('TRADE:ABC12'), [...unknown, 'OPU']);
  send('OPU', 'a');
  const ticks = watch(find(`CHART:${epic}:TICK`), [...unknown, 'BID']);
  clock.advance(5_000);
  expect(ticks.length).toBeGreaterThan(1);
  for (const { values } of [...trades, ...ticks])
    expect(values).toEqual([null, null, null, expect.stringMatching(/./)]);
});

test('of an account the newest messages are kept, as many as named and as long as named, and none of another account', () => {
  const { clock, find, watch, send } = world();
  for (let n = 0; n < repeated.count + 5; n++) send('OPU', String(n));
  send('OPU', 'other', 'XYZ99');
  const texts = (snapshot?: number) =>
    watch(find('TRADE:ABC12'), ['OPU'], snapshot).map(({ values }) => values[0]);
  expect(texts()).toEqual(Array.from({ length: repeated.count }, (_, n) => String(n + 5)));
  expect(texts(2)).toEqual([String(repeated.count + 3), String(repeated.count + 4)]);
  expect(texts(0)).toEqual([]);
  clock.advance(repeated.forMs - 1);
  send('WOU', 'late');
  clock.advance(1);
  expect(watch(find('TRADE:ABC12'), ['OPU', 'WOU']).map(({ values }) => values)).toEqual([[null, 'late']]);
});

test('subscriptions that ask for the same share one text per tick, whenever they began; others have their own', () => {
  const { clock, find, watch } = world();
  const item = find(`PRICE:ABC12:${epic}`, 'Pricing');
  const first = watch(item, ['BIDPRICE1', 'TIMESTAMP']);
  clock.advance(5_000);
  const late = watch(item, ['BIDPRICE1', 'TIMESTAMP']);
  const turned = watch(item, ['TIMESTAMP', 'BIDPRICE1']);
  clock.advance(5_000);
  expect(late.length).toBeGreaterThan(3);
  expect(first.slice(-late.length).every((update, i) => update === late[i])).toBe(true);
  expect(late.slice(1).every(({ before }, i) => before === late[i]!.values)).toBe(true); // so the text serves all of them
  expect(turned.map(({ values }) => values.toReversed())).toEqual(late.map(({ values }) => values));
});
