// What became of the ticket's deal: the levels it is protected by, what it did to what was open, and how it was decided where nobody knew for a while.
import { useRef } from 'react';
import type { Deal } from '../../../client/index.ts';
import { dealEffects, dealOutcome, howDecided } from './deal-words.ts';
import { levelText } from './format.ts';

export function TicketOutcome({ deal, name }: { deal: Deal; name: string }) {
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
    <div className={`outcome ${status}`} role="status" data-testid="outcome" data-status={status}>
      <p>{dealOutcome(deal, name)}</p>
      {doubted.current === id && <p className="quiet">{howDecided(deal)}</p>}
      {status === 'accepted' && protection.length > 0 && <p className="quiet">{protection.join(', ')}</p>}
      {effects.length > 0 && (
        <ul aria-label="What it did to what was open">
          {effects.map((effect) => (
            <li key={effect}>{effect}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
