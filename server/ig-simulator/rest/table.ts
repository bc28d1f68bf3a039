// Every endpoint there is, in one table: what the simulator serves, the documents list and the fuzz tries.
import type { AllowanceMeter } from '../access/allowances.ts';
import type { DealingDesk } from '../desk/dealing-desk.ts';
import { rateOf } from '../engine/value.ts';
import type { Logins } from '../access/logins.ts';
import type { PriceSource } from '../market/price.ts';
import type { Endpoint } from './endpoint.ts';
import type { Sessions } from '../access/sessions.ts';
import { accountEndpoints } from './accounts.ts';
import { activityEndpoints } from './activity.ts';
import { applicationEndpoints } from './applications.ts';
import { costEndpoints } from './costs.ts';
import { dealEndpoints } from './deals.ts';
import { marketEndpoints } from './markets.ts';
import { navigationEndpoints } from './navigation.ts';
import { orderEndpoints } from './orders.ts';
import { positionEndpoints } from './positions.ts';
import { priceEndpoints } from './prices.ts';
import { sentimentEndpoints } from './sentiment.ts';
import { sessionEndpoints } from './session.ts';
import { sprintMarketEndpoints } from './sprint-markets.ts';
import { transactionEndpoints } from './transactions.ts';
import { watchlistEndpoints } from './watchlists.ts';

export interface TableDeps {
  logins: Logins;
  sessions: Sessions;
  allowances: AllowanceMeter;
  sources: ReadonlyMap<string, PriceSource>;
  desk: DealingDesk;
  seed: string;
  nowMs(): number;
  newReference(): string;
}

export function createEndpoints({
  logins,
  sessions,
  allowances,
  sources,
  desk,
  seed,
  nowMs,
  newReference,
}: TableDeps): Endpoint[] {
  const rate: DealingDesk['market']['rate'] = (from, to) => rateOf(desk.market, from, to);
  return [
    ...sessionEndpoints({ logins, sessions, desk }),
    ...accountEndpoints(desk),
    ...applicationEndpoints({ logins, allowances, desk }),
    ...positionEndpoints({ desk, sources }),
    ...orderEndpoints({ desk, sources }),
    ...dealEndpoints({ desk, nowMs }),
    ...sprintMarketEndpoints(),
    ...activityEndpoints({ desk, nowMs }),
    ...transactionEndpoints({ desk, nowMs }),
    ...marketEndpoints(sources, rate),
    ...navigationEndpoints(sources),
    ...priceEndpoints(sources, allowances),
    ...sentimentEndpoints({ sources, seed, nowMs }),
    ...watchlistEndpoints({ desk, sources }),
    ...costEndpoints({ sources, rate, nowMs, newReference }),
  ];
}

/** The table with nothing behind it: to be described and called elsewhere, not here. */
export function describedEndpoints(): Endpoint[] {
  const nothing = {} as never;
  return createEndpoints({
    logins: nothing,
    sessions: nothing,
    allowances: nothing,
    sources: new Map(),
    desk: nothing,
    seed: '',
    nowMs: () => 0,
    newReference: () => '',
  });
}
