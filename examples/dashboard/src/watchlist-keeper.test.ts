import { TRPCClientError } from '@trpc/client';
import { expect, test } from 'vitest';
import type { FTraderClient, Watchlist } from '../../../client/index.ts';
import { adding, moving, removing } from './watchlist.ts';
import { createWatchlistKeeper, type KnownWatchlists } from './watchlist-keeper.ts';

const failed = (code: string) =>
  new TRPCClientError(code, {
    result: { error: { data: { code, message: code, requestId: 'req_1', retryable: false } } },
  } as never);

/** A server with one user's lists. */
function arrange(...held: { id: string; epics: string }[]) {
  let lists = held.map(({ id, epics }): Watchlist => ({
    id,
    name: id,
    epics: [...epics],
    version: 1,
    createdAt: new Date(0),
    updatedAt: new Date(0),
    importedFrom: null,
  }));
  const put = (id: string, change: Partial<Watchlist>) => {
    lists = lists.map((each) => (each.id === id ? { ...each, ...change, version: each.version + 1 } : each));
    return lists.find((each) => each.id === id)!;
  };
  const sent: object[] = [];
  const told: KnownWatchlists[] = [];
  let down = false;
  const marketData = {
    listWatchlists: { query: async () => ({ watchlists: lists }) },
    updateWatchlist: {
      async mutate({
        id,
        version,
        epics,
        name,
      }: {
        id: string;
        version: number;
        epics?: string[];
        name?: string;
      }) {
        sent.push({ version, epics: epics?.join(''), ...(name && { name }) });
        if (down) throw new Error('no answer');
        const list = lists.find((each) => each.id === id);
        if (!list) throw failed('market_data.watchlist_not_found');
        if (list.version !== version) throw failed('market_data.watchlist_changed');
        return put(id, { ...(epics && { epics }), ...(name && { name }) });
      },
    },
    deleteWatchlist: {
      async mutate({ id }: { id: string }) {
        if (!lists.some((each) => each.id === id)) throw failed('market_data.watchlist_not_found');
        lists = lists.filter((each) => each.id !== id);
        return { id };
      },
    },
  };
  const keeper = createWatchlistKeeper({
    api: { marketData } as unknown as FTraderClient['api'],
    feed: undefined,
    onChange: (known) => told.push(known),
  });
  return {
    keeper,
    sent,
    told,
    shown: () => told.at(-1)?.lists?.map(({ epics }) => epics.join('')),
    elsewhere: put,
    removeElsewhere: (id: string) => (lists = lists.filter((each) => each.id !== id)),
    fail: (is: boolean) => (down = is),
  };
}

test('changes in quick succession are shown at once, and each is sent on the version that the one before made', async () => {
  const { keeper, sent, shown, told } = arrange({ id: 'a', epics: 'AB' });
  await keeper.read();
  const done = [
    keeper.edit('a', adding('C')),
    keeper.edit('a', removing('A')),
    keeper.edit('a', moving('C', 'B')),
    keeper.read(),
  ];
  expect(shown()).toEqual(['CB']);
  await Promise.all(done);
  expect(sent).toEqual([
    { version: 1, epics: 'ABC' },
    { version: 2, epics: 'BC' },
    { version: 3, epics: 'CB' },
  ]);
  expect(shown()).toEqual(['CB']);
  expect(told.every(({ said }) => said === undefined)).toBe(true); // a read among them takes none for somebody else's
});

test('a change on a list that another tab changed is not made: the list is shown as it is, which is said, with all that waited behind it', async () => {
  const { keeper, elsewhere, shown, told, sent } = arrange({ id: 'a', epics: 'AB' });
  await keeper.read();
  elsewhere('a', { epics: ['B', 'X'] });
  await Promise.all([keeper.edit('a', adding('C')), keeper.edit('a', removing('B'))]);
  expect(shown()).toEqual(['BX']);
  expect(told.at(-1)!.said).toBe('Changed elsewhere, and shown as now: “a”. Make your change again.');
  expect(sent).toHaveLength(1);
  await keeper.edit('a', adding('C'));
  expect([shown(), told.at(-1)!.said]).toEqual([['BXC'], undefined]);
});

test('what another tab did is said when it is read, and what was done here is not', async () => {
  const { keeper, elsewhere, removeElsewhere, told } = arrange(
    { id: 'a', epics: 'A' },
    { id: 'b', epics: 'B' },
  );
  await keeper.read();
  await keeper.update('a', { name: 'mine' });
  await keeper.read();
  expect(told.at(-1)!.said).toBe(undefined);
  elsewhere('a', { name: 'theirs' });
  removeElsewhere('b');
  await keeper.read();
  expect(told.at(-1)!.said).toBe('Changed elsewhere, and shown as now: “theirs”. Deleted elsewhere: “b”.');
  keeper.dismiss();
  expect(told.at(-1)!.said).toBe(undefined);
});

test('a change that the server does not answer is taken back and the problem told', async () => {
  const { keeper, shown, told, fail } = arrange({ id: 'a', epics: 'A' });
  await keeper.read();
  fail(true);
  const editing = keeper.edit('a', adding('B'));
  expect(shown()).toEqual(['AB']);
  await editing;
  expect([shown(), told.at(-1)!.problem?.code]).toEqual([['A'], 'network']);
  fail(false);
  await keeper.edit('a', adding('B'));
  expect([shown(), told.at(-1)!.problem]).toEqual([['AB'], undefined]);
});

test('deleting a list that has gone already succeeds; renaming it fails and it is shown no more', async () => {
  const { keeper, removeElsewhere, shown } = arrange({ id: 'a', epics: 'A' }, { id: 'b', epics: 'B' });
  await keeper.read();
  removeElsewhere('a');
  await keeper.remove('a');
  expect(shown()).toEqual(['B']);
  removeElsewhere('b');
  await expect(keeper.update('b', { name: 'x' })).rejects.toThrow('market_data.watchlist_not_found');
  expect(shown()).toEqual([]);
});
