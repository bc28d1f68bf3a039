// The names on the broker are a contract between versions: a worker of the next release must find what the last one left.
import { expect, test } from 'vitest';
import { durableChannels } from './channels.ts';
import { createTopology, shardOf } from './topology.ts';

test('exchanges and durable queues keep their names, keys and arguments', () => {
  const { exchanges, queues } = createTopology('ftrader-0123456789', Object.keys(durableChannels));
  expect(exchanges.map(({ name, type, durable }) => `${name} ${type} ${durable}`)).toEqual([
    'ftrader-0123456789.prices topic false',
    'ftrader-0123456789.interest topic false',
    'ftrader-0123456789.feeds topic false',
    'ftrader-0123456789.wakeups topic false',
    'ftrader-0123456789.account direct true',
    'ftrader-0123456789.account.dead fanout true',
  ]);
  const shard = (n: number) => ({
    name: `ftrader-0123456789.account.${n}`,
    exchange: 'ftrader-0123456789.account',
    key: String(n),
    arguments: {
      'x-queue-type': 'quorum',
      'x-single-active-consumer': true,
      'x-delivery-limit': 20,
      'x-overflow': 'reject-publish',
      'x-dead-letter-exchange': 'ftrader-0123456789.account.dead',
      'x-dead-letter-strategy': 'at-least-once',
    },
  });
  expect(queues).toEqual([
    {
      name: 'ftrader-0123456789.account.dead',
      exchange: 'ftrader-0123456789.account.dead',
      key: '',
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 },
    },
    ...[0, 1, 2, 3, 4, 5, 6, 7].map(shard),
  ]);
});

test('a key keeps its shard, so that its messages of before and after an update are in one order', () => {
  // FNV-1a, by its authors' own vectors: '' 811c9dc5, 'a' e40c292c, 'foobar' bf9cf968.
  expect(['', 'a', 'foobar', 'acct_1', 'acct_2', 'Zürich'].map(shardOf)).toEqual([5, 4, 0, 2, 7, 0]);
});
