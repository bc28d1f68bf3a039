// What became of the ticket's deal: the levels it is protected by, what it did to what was open, and its life so far where nobody knew for a while.
import { useRef } from 'react';
import type { Deal, FTraderClient } from '../../../client/index.ts';
import { DealTimeline } from './deal-timeline.tsx';
import { dealEffects, dealOutcome } from './deal-words.ts';
import { levelText } from './format.ts';

export function TicketOutcome({ api, deal, name }: { api: FTraderClient['api']; deal: Deal; name: string }) {
  const { id, kind, status, stopLevel, limitLevel, guaranteedStop, trailingStop } = deal;
  const stop = guaranteedStop ? 'Guaranteed stop' : trailingStop ? 'Trailing stop' : 'Stop';
  const doubted = useRef<string>(undefined); // the deal that was unknown here
  if (status === 'unknown') doubted.current = id;
  const protection = [
    stopLevel && `${stop} ${levelText(stopLevel)}`,
    limitLevel && `Limit ${levelText(limitLevel)}`,
  ].filter(Boolean);
  const effects = kind === 'net' ? dealEffects(deal) : [];
  return (
    <>
      <div className={`outcome ${status}`} role="status" data-testid="outcome" data-status={status}>
        <p>{dealOutcome(deal, name)}</p>
        {status === 'accepted' && protection.length > 0 && <p className="quiet">{protection.join(', ')}</p>}
        {effects.length > 0 && (
          <ul aria-label="What it did to what was open">
            {effects.map((effect) => (
              <li key={effect}>{effect}</li>
            ))}
          </ul>
        )}
      </div>
      {doubted.current === id && <DealTimeline api={api} deal={deal} />}
    </>
  );
}
