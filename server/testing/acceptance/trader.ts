// A user of an installation with an account to deal on: seen from its API processes, from another program at the broker, and in the broker's books.
import type { Account } from '../../../shared/accounts.ts';
import type { DealOutcome } from '../../../shared/trading.ts';
import type { AccountSnapshot, FaultSetting } from '../../ig-simulator/index.ts';
import { decided } from '../ask-again.ts';
import * as build from '../build.ts';
import { createIgCaller, marketOrder, type IgCaller } from '../ig-caller.ts';
import { callWith, signUp, type Caller } from '../kit.ts';
import { followTold, type ToldEvents } from '../told-events.ts';
import type { Installation } from './installation.ts';

export const { epic } = marketOrder;
/** What a point is in its quote. */
export const point = '0.0001';
/** Neither confirm nor position of the next opening is told for two seconds; each alone proves it. */
export const openingKeptBack: FaultSetting[] = (['late-confirm', 'late-opu'] as const).map((name) => ({
  name,
  on: ['open'],
  count: 1,
  ms: [2_000, 2_000],
}));
/** Longer than any verdict takes that is not kept back. */
const waitMs = 10_000;

type Opening = Partial<ReturnType<typeof build.openPosition>> &
  Partial<Record<'stopDistancePoints' | 'limitDistancePoints' | 'stopLevel' | 'limitLevel', string>>;
type Close = Partial<ReturnType<typeof build.closePosition>> & { size?: string };
export interface RestAnswer {
  status: number;
  location: string | null;
  body: any;
}

export interface Trader extends AsyncDisposable {
  account: Account;
  /** At two API processes where there are two. */
  here: Caller;
  elsewhere: Caller;
  /** Whatever happens on the account, from the first event on, as it is told elsewhere. */
  told: ToldEvents;
  /** Another program with the same login at the broker. */
  ig: IgCaller;
  /** Waits for the verdict unless told; with a key of its own. */
  open(over?: Opening, at?: Caller): Promise<DealOutcome>;
  close(dealId: string, over?: Close, at?: Caller): Promise<DealOutcome>;
  /** A call over REST; `path` as below `/api`. */
  rest(
    method: string,
    path: string,
    asked?: { body?: object; key?: string; at?: Caller },
  ): Promise<RestAnswer>;
  /** These go wrong at the broker for this account alone; none: nothing does. */
  faults(...settings: FaultSetting[]): Promise<void>;
  /** Each has struck as often as it may. */
  struck(): Promise<boolean>;
  /** What the broker has booked. */
  books(): Promise<AccountSnapshot>;
}

/** Signs somebody up, with an account that is connected and followed. */
export async function createTrader(at: Installation, name: string): Promise<Trader> {
  await using owned = new AsyncDisposableStack();
  const newcomer = { email: `${name}@example.com`, password: 'correct horse battery', name };
  const here = owned.use(await signUp({ url: at.urls[0]!, database: at.database }, newcomer));
  const elsewhere = owned.use(callWith(at.urls.at(-1)!, here.token));
  const { account, login } = await at.accountOf(here, name);
  const { id: accountId, brokerAccountId } = account;
  const told = owned.use(followTold(elsewhere));
  let set: FaultSetting[] = [];
  const all = owned.move();
  return {
    account,
    here,
    elsewhere,
    told,
    ig: createIgCaller(login),
    open(over = {}, { api } = here) {
      const order = build.openPosition({ epic, waitMs, accountId, ...over });
      return decided(order.waitMs ?? waitMs, () => api.trading.openPosition.mutate(order));
    },
    close(dealId, over = {}, { api } = here) {
      const order = build.closePosition(dealId, { waitMs, accountId, ...over });
      return decided(order.waitMs ?? waitMs, () => api.trading.closePosition.mutate(order));
    },
    async rest(method, path, { body, key, at: { url, token } = here } = {}) {
      const response = await fetch(`${url}/api${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await token()}`,
          ...(key && { 'idempotency-key': key }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      return {
        status: response.status,
        location: response.headers.get('location'),
        body: await response.json(),
      };
    },
    async faults(...settings) {
      set = settings;
      await at.simulator.setFaults(settings.map((each) => ({ ...each, accountId: brokerAccountId })));
    },
    struck: async () => (await at.simulator.hits()).every((hits, index) => hits === set[index]!.count),
    books: () => at.simulator.books(brokerAccountId),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
