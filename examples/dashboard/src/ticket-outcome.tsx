// What became of the ticket's deal, with the levels it is protected by.
import type { Deal } from '../../../client/index.ts';
import { dealOutcome } from './deal-words.ts';
import { levelText } from './format.ts';

export function TicketOutcome({ deal, name }: { deal: Deal; name: string }) {
  const { status, stopLevel, limitLevel } = deal;
  const protection = [
    stopLevel && `Stop ${levelText(stopLevel)}`,
    limitLevel && `Limit ${levelText(limitLevel)}`,
  ].filter(Boolean);
  return (
    <div className={`outcome ${status}`} role="status" data-testid="outcome" data-status={status}>
      <p>{dealOutcome(deal, name)}</p>
      {status === 'accepted' && protection.length > 0 && <p className="quiet">{protection.join(', ')}</p>}
    </div>
  );
}
