// Watchlists: an account's own, journalled like its deals, and the broker's one that nobody can change.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import type { PriceSource } from '../market/price.ts';
import { double } from '../numbers.ts';
import { endpoint, IgError, type Answer, type Call, type Endpoint } from './endpoint.ts';
import { fields } from './body.ts';
import { row } from './markets.ts';
import { familyOf } from './navigation.ts';

const systemList = 'Popular Markets';
/** The first markets of each family are the popular ones. */
const popularOfFamily = 3;
const maxLists = 100;
const maxMarkets = 500;
const maxNameLength = 50;
/** Ids are digits, and never given twice: the engine counts its decisions up from here. */
const firstId = 10_000_000;

const refused = (what: string) => new IgError(400, `error.watchlists.management.${what}`);
const invalidEpic = () => new IgError(400, 'error.service.watchlists.add-instrument.invalid-epic');
const success: Answer = { body: { status: 'SUCCESS' } };

export function watchlistEndpoints({
  desk,
  sources,
}: {
  desk: DealingDesk;
  sources: ReadonlyMap<string, PriceSource>;
}): Endpoint[] {
  const popular = [...Map.groupBy(sources.values(), ({ instrument }) => familyOf(instrument)).values()]
    .flatMap((family) => family.slice(0, popularOfFamily))
    .map(({ instrument }) => instrument.epic);
  const listsOf = (call: Call) => desk.account(call.caller().accountId).watchlists;
  const find = (call: Call) => listsOf(call).find(({ id }) => id === call.params['id']);
  const unknown = () => new IgError(404, 'error.invalid.watchlist');

  /** One change at a time: each is made of what the one before left on the disk. */
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn(change: () => Promise<Answer>): Promise<Answer> {
    const done = turn.then(change);
    turn = done.catch(() => undefined);
    return done;
  }
  /** Changes what a list of the account's own holds. */
  const edit = (call: Call, change: (epics: readonly string[]) => readonly string[]) =>
    inTurn(async () => {
      if (call.params['id'] === systemList) throw refused('error');
      const list = find(call);
      if (!list) throw unknown();
      const epics = change(list.epics);
      if (epics.length > maxMarkets) throw refused('error');
      await desk.set({
        type: 'setWatchlist',
        accountId: call.caller().accountId,
        id: list.id,
        name: list.name,
        epics,
      });
      return success;
    });
  const list = (id: string, name: string, system: boolean) => ({
    id,
    name,
    editable: !system,
    deleteable: !system,
    defaultSystemWatchlist: system,
  });

  return [
    endpoint('GET /watchlists', [1], {}, (call) => ({
      body: {
        watchlists: [
          ...listsOf(call).map(({ id, name }) => list(id, name, false)),
          list(systemList, systemList, true),
        ],
      },
    })),
    endpoint(
      'POST /watchlists',
      [1],
      { example: { body: { name: 'Mine', epics: ['CS.D.EURUSD.CFD.IP'] } } },
      (call) => {
        const body = call.body();
        const found = fields(body);
        const name = found.required('name', found.text('name', /\S/));
        const wanted = body['epics'] ?? [];
        if (
          !Array.isArray(wanted) ||
          wanted.length > maxMarkets ||
          !wanted.every((epic) => typeof epic === 'string')
        )
          throw new IgError(400, 'invalid.request.epics');
        if (name.length > maxNameLength) throw new IgError(400, 'error.invalid.watchlist.name.too.long');
        const epics = [...new Set(wanted)].filter((epic) => sources.has(epic));
        return inTurn(async () => {
          const lists = listsOf(call);
          if (name === systemList || lists.some((other) => other.name === name))
            throw refused('duplicate-name');
          if (lists.length >= maxLists) throw refused('error');
          const watchlistId = String(firstId + desk.state().decisions);
          await desk.set({
            type: 'setWatchlist',
            accountId: call.caller().accountId,
            id: watchlistId,
            name,
            epics,
          });
          return {
            body: {
              watchlistId,
              status: wanted.every((epic) => sources.has(epic))
                ? 'SUCCESS'
                : 'SUCCESS_NOT_ALL_INSTRUMENTS_ADDED',
            },
          };
        });
      },
    ),
    endpoint('GET /watchlists/:id', [1], { example: { params: { id: systemList } } }, (call) => {
      const epics = call.params['id'] === systemList ? popular : find(call)?.epics;
      if (!epics) throw unknown();
      const markets = epics.flatMap((epic) => sources.get(epic) ?? []);
      return {
        body: {
          markets: markets.map((source) => ({
            ...row(source),
            lotSize: double(source.instrument.lotSize),
          })),
        },
      };
    }),
    endpoint(
      'PUT /watchlists/:id',
      [1],
      { example: { params: { id: systemList }, body: { epic: 'CS.D.EURUSD.CFD.IP' } } },
      (call) => {
        const found = fields(call.body());
        const epic = found.required('epic', found.text('epic', /^[^]*$/));
        if (!sources.has(epic)) throw invalidEpic();
        return edit(call, (epics) => (epics.includes(epic) ? epics : [...epics, epic]));
      },
    ),
    endpoint('DELETE /watchlists/:id', [1], { example: { params: { id: systemList } } }, (call) =>
      inTurn(async () => {
        if (call.params['id'] === systemList) throw refused('cannot-delete-watchlist');
        const own = find(call);
        if (!own) throw refused('watchlist-not-found');
        await desk.set({
          type: 'setWatchlist',
          accountId: call.caller().accountId,
          id: own.id,
          name: own.name,
          epics: null,
        });
        return success;
      }),
    ),
    endpoint(
      'DELETE /watchlists/:id/:epic',
      [1],
      { example: { params: { id: systemList, epic: 'CS.D.EURUSD.CFD.IP' } } },
      (call) =>
        edit(call, (epics) => {
          const gone = call.params['epic']!;
          if (!epics.includes(gone)) throw invalidEpic();
          return epics.filter((epic) => epic !== gone);
        }),
    ),
  ];
}
