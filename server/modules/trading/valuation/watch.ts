// Watching an account's worth: each reader on its own transport, and one source for all who watch the same account here.
import type { ValuationMessage } from '../../../../shared/trading.ts';
import type { ClientSocket } from '../../../trpc/context.ts';
import type { Accounts, BrokerAccount, Carry } from '../ports.ts';
import { createValuationSource, type SourceDeps, type ValuationSource } from './source.ts';
import { valuationText } from './wire-text.ts';

interface WatchDeps extends SourceDeps {
  accounts: Accounts;
  carry: Carry;
}
export type WatchAccount = ReturnType<typeof createWatchAccount>;

export function createWatchAccount({ accounts, carry, ...deps }: WatchDeps) {
  const sources = new Map<string, ValuationSource>();
  /** Begins when it is first read from: a source is over when its last reader has left. */
  async function* read(account: BrokerAccount, signal: AbortSignal): AsyncGenerator<ValuationMessage, void> {
    let source = sources.get(account.id);
    if (!source) {
      const made = createValuationSource(account, () => sources.delete(account.id), deps);
      sources.set(account.id, (source = made));
    }
    yield* source.read(signal);
  }
  /** Those who were told the same get the same message, whose text is made once. */
  const texts = new WeakMap<ValuationMessage, Promise<string>>();
  function textOf(message: ValuationMessage): Promise<string> {
    let text = texts.get(message);
    if (!text) texts.set(message, (text = valuationText(message)));
    return text;
  }

  /**
   * An account revalued: first as it is, then what changes with ticks and with what happens to it, at most four times a second. Per position
   * only its latest state is ever waiting, so a slow reader costs nothing and is told it in the end. Throws accounts.* before it begins.
   */
  return async function watch(
    userId: string,
    accountId: string | undefined,
    {
      signal = new AbortController().signal,
      socket,
    }: { signal: AbortSignal | undefined; socket?: ClientSocket | undefined },
  ): Promise<AsyncIterable<ValuationMessage>> {
    const account = await accounts.forUser(userId, accountId);
    return carry(read(account, signal), { signal, socket, toText: textOf });
  };
}
