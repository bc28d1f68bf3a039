// Watching the value of a portfolio: each reader on its own transport, and one source for all who watch the same portfolio here.
import superjson from 'superjson';
import type { PortfolioValuation } from '../../../../shared/portfolio-live.ts';
import type { ClientSocket } from '../../../trpc/context.ts';
import { found } from '../portfolios.ts';
import type { ValuationPorts } from '../ports.ts';
import type { PortfolioRow } from '../store.ts';
import { createPortfolioSource, type PortfolioSource, type SourceDeps } from './source.ts';

export type WatchPortfolio = ReturnType<typeof createWatchPortfolio>;

export function createWatchPortfolio({ carry, ...deps }: SourceDeps & Pick<ValuationPorts, 'carry'>) {
  const sources = new Map<string, PortfolioSource>();
  /** Begins when it is first read from: a source is over when its last reader has left. */
  async function* read(
    portfolio: PortfolioRow,
    signal: AbortSignal,
  ): AsyncGenerator<PortfolioValuation, void> {
    let source = sources.get(portfolio.id);
    if (!source) {
      const made = createPortfolioSource(portfolio, () => sources.delete(portfolio.id), deps);
      sources.set(portfolio.id, (source = made));
    }
    yield* source.read(signal);
  }

  /**
   * The value of a portfolio: first as it is, then when a price, a transaction or a position changes it, at most four times a second. Each
   * message is whole, and only the newest is ever waiting. Throws portfolio.not_found, also when it is deleted meanwhile.
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
