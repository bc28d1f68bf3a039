// Every subscription by name: which there are, what each takes and yields, and which go on where they were after a lost connection.
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../server/api/router.ts';

type Modules = AppRouter['_def']['record'];
type NamesIn<Module extends keyof Modules & string> = {
  [Name in keyof Modules[Module] & string]: Modules[Module][Name] extends { _def: { type: 'subscription' } }
    ? `${Module}.${Name}`
    : never;
}[keyof Modules[Module] & string];

/** `marketData.onPrices`, `trading.onEvents` … */
export type SubscriptionName = { [Module in keyof Modules & string]: NamesIn<Module> }[keyof Modules &
  string];

type Of<All, Name extends string> = Name extends `${infer Module}.${infer Rest}`
  ? Module extends keyof All
    ? Rest extends keyof All[Module]
      ? All[Module][Rest]
      : never
    : never
  : never;
/** What the subscription `Name` is asked with. */
export type SubscriptionInput<Name extends SubscriptionName> = Of<inferRouterInputs<AppRouter>, Name>;
/** What `onData` of the subscription `Name` is called with. */
export type SubscriptionData<Name extends SubscriptionName> =
  Of<inferRouterOutputs<AppRouter>, Name> extends AsyncIterable<infer Data> ? Data : never;

/**
 * All subscriptions. `afterGap` is what a new connection begins with: `resumes` after the last event, so that each is told once;
 * `snapshot` of how things are now, so that whatever was told before may be forgotten.
 */
export const subscriptions: Readonly<Record<SubscriptionName, { afterGap: 'resumes' | 'snapshot' }>> = {
  'marketData.onPrices': { afterGap: 'snapshot' },
  'marketData.onCandles': { afterGap: 'snapshot' },
  'trading.onEvents': { afterGap: 'resumes' },
  'trading.onValuation': { afterGap: 'snapshot' },
  'portfolio.onValuation': { afterGap: 'snapshot' },
  'notifications.onNotification': { afterGap: 'resumes' },
};
