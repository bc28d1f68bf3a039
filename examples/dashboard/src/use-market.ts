// One market that is looked at: its details and how the broker's clients are positioned, read again now and then.
import { useEffect, useState } from 'react';
import type { FTraderClient, MarketDetails, Sentiment } from '../../../client/index.ts';
import { readOnce } from './follow.ts';
import { whileVisible } from './while-visible.ts';

/** Both are stored by the server; sentiment costs a request of the broker's allowance where it is older than a minute. */
const readEveryMs = 5 * 60_000;

/** `known` is what is shown until it has been read again. */
export function useMarket(
  api: FTraderClient['api'],
  feed: string | undefined,
  known: MarketDetails,
): { details: MarketDetails; sentiment: Sentiment | undefined } {
  const [read, setRead] = useState<MarketDetails>();
  const [sentiment, setSentiment] = useState<Sentiment>();
  const { epic } = known;
  useEffect(() => {
    let stops: (() => void)[] = [];
    const stopReading = () => {
      for (const stop of stops) stop();
    };
    // What fails is tried again; what is shown says itself how old it is.
    const stop = whileVisible(() => {
      stopReading();
      stops = [
        readOnce(
          () => api.marketData.get.query({ epic, feed }),
          setRead,
          () => {},
        ),
        readOnce(
          () => api.marketData.sentiment.query({ epic, feed }),
          setSentiment,
          () => {},
        ),
      ];
    }, readEveryMs);
    return () => {
      stop();
      stopReading();
    };
  }, [api, feed, epic]);
  return {
    details: read?.epic === epic ? read : known,
    sentiment: sentiment?.epic === epic ? sentiment : undefined,
  };
}
