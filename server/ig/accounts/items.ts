// The two items of one account on its stream: TRADE, every message of it, and ACCOUNT. What the values mean is decided in translate.ts.
import type { Logger } from '../../lib/logger.ts';
import { accountFields, tradeFields, type AccountValues } from './translate.ts';
import type { TradeValues } from './events.ts';
import type { SdkSubscription, SdkUpdate } from '../stream/sdk.ts';
import type { StreamConnection } from '../stream/session.ts';
import { withBrokersWords } from '../stream/refusals.ts';
import { valuesOf } from '../stream/values.ts';

interface AccountItemsDeps {
  logger: Logger;
  /** TRADE is subscribed: what happens from here on is told. */
  onReady: () => void;
  onTrade: (values: TradeValues) => void;
  onFunds: (values: AccountValues) => void;
  /** A message was lost or could not be used. */
  onGap: (why: string) => void;
  /** An item is not, or no more, subscribed. */
  onRefused: (why: string) => void;
}
interface AccountItems {
  attach(connection: StreamConnection): void;
  /** Callbacks of the connection count no more. */ detach(): void;
}

/** IG streaming reference: TRADE is DISTINCT and unfiltered, so that no message is merged with the next; ACCOUNT is MERGE. */
export function createAccountItems({
  logger,
  onReady,
  onTrade,
  onFunds,
  onGap,
  onRefused,
}: AccountItemsDeps): AccountItems {
  let current: StreamConnection | undefined;
  return {
    attach(connection) {
      current = connection;
      const { sdk, client, accountId } = connection;
      /** What a listener throws the SDK would swallow. */
      const mine = (run: () => void) => {
        if (current !== connection) return;
        try {
          run();
        } catch (err) {
          logger.error({ err }, 'a message of an account could not be used');
          onGap('a message could not be used');
        }
      };
      const put = (
        subscription: SdkSubscription,
        item: string,
        onUpdate: (update: SdkUpdate) => void,
        onSubscribed: () => void = () => undefined,
      ) => {
        subscription.setRequestedSnapshot('yes');
        subscription.addListener({
          onItemUpdate: (update) => mine(() => onUpdate(update)),
          onSubscription: () => mine(onSubscribed),
          onUnsubscription: () => mine(() => onRefused(`${item} was unsubscribed`)),
          onSubscriptionError: (code, message) =>
            mine(() => onRefused(withBrokersWords(`the broker does not stream ${item}`, code, message))),
          onItemLostUpdates: (_item, _position, lost) =>
            mine(() => onGap(`${lost} messages of ${item} were lost`)),
        });
        client.subscribe(subscription);
      };
      const trade = sdk.createSubscription('DISTINCT', [`TRADE:${accountId}`], tradeFields);
      trade.setRequestedMaxFrequency('unfiltered');
      put(trade, 'TRADE', (update) => onTrade(valuesOf(tradeFields, update)), onReady);
      put(sdk.createSubscription('MERGE', [`ACCOUNT:${accountId}`], accountFields), 'ACCOUNT', (update) =>
        onFunds(valuesOf(accountFields, update)),
      );
    },
    detach() {
      current = undefined;
    },
  };
}
