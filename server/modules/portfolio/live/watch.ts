// Watching the value of a portfolio: each reader on its own transport, and one source for all who watch the same portfolio here.
import superjson from 'superjson';
import type { PortfolioValuation } from '../../../../shared/portfolio-live.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { ClientSocket } from '../../../trpc/context.ts';
import { found } from '../portfolios.ts';
import type { ValuationPorts } from '../ports.ts';
import type { PortfolioRow } from '../store.ts';
import { createPortfolioSource, type PortfolioSource, type SourceDeps } from './source.ts';

export type WatchPortfolio = ReturnType<typeof createWatchPortfolio>;

/** Portfolios that one user watches at once here, each of which costs a look at the database a second. */
export const mostWatched = 50;

export function createWatchPortfolio({ carry, ...deps }: SourceDeps & Pick<ValuationPorts, 'carry'>) {
  const sources = new Map<string, { userId: string; source: PortfolioSource }>();
  /** Begins when it is first read from: a source is over when its last reader has left. */
  async function* read(
    { id, userId }: PortfolioRow,
    signal: AbortSignal,
  ): AsyncGenerator<PortfolioValuation, void> {
    let watched = sources.get(id);
    if (!watched) {
      const own = sources.values().filter((each) => each.userId === userId);
      if ([...own].length >= mostWatched)
        throw new AppError('request.too_many_subscriptions', {
          message: `You watch ${mostWatched} portfolios, which is as many as you may at once: end one first.`,
        });
      const source = createPortfolioSource({ id, userId }, () => sources.delete(id), deps);
      sources.set(id, (watched = { userId, source }));
    }
    yield* watched.source.read(signal);
  }

  /**
   * The value of a portfolio: first as it is, then when a price, a transaction or a position changes it, at most four times a second. Each
   * message is whole, and only the newest is ever waiting. Throws portfolio.not_found, also when it is deleted meanwhile, and
   * request.too_many_subscriptions.
   */
  return async function watch(
    userId: string,
    id: string,
    {
      signal = new AbortController().signal,
      socket,
    }: { signal: AbortSignal | undefined; socket?: ClientSocket | undefined },
  ): Promise<AsyncIterable<PortfolioValuation>> {
    const portfolio = found(await deps.store.find(userId, id));
    return carry(read(portfolio, signal), {
      signal,
      socket,
      toText: async (message) => JSON.stringify(superjson.serialize(message)),
    });
  };
}
