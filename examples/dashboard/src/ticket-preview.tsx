// What FTrader would do with the ticket as it is filled in, by the rules of the deal itself: asked for when one stops typing, and again while it stands.
import { useEffect, useRef, useState } from 'react';
import type { DealPreview, FTraderClient } from '../../../client/index.ts';
import { previewWords } from './preview-words.ts';
import { standingText, type TicketOrder } from './ticket-order.ts';
import { whileVisible } from './while-visible.ts';

/** After the last key; and how old what is shown may be. */
const typedMs = 350;
const againMs = 4_000;

/** `order` null: it is not filled in yet. What is shown is of this order or nothing. */
export function TicketPreview({ api, order }: { api: FTraderClient['api']; order: TicketOrder | null }) {
  // A new object with each drawing: its text says whether it is another one.
  const asked = order && standingText(order);
  const newest = useRef(order);
  useEffect(() => void (newest.current = order));
  const [shown, setShown] = useState<{ of: string; preview: DealPreview }>();
  useEffect(() => {
    if (!asked) return;
    let stopped = false;
    const ask = () => {
      const now = newest.current;
      if (!now) return;
      api.trading.preview
        .query(now.at === 'market' ? { openPosition: now.request } : { placeOrder: now.request })
        .then(
          (preview) => stopped || setShown({ of: asked, preview }),
          () => {}, // asked for again in its turn; the button says what is wrong
        );
    };
    let stop = () => {};
    const timer = setTimeout(() => (stop = whileVisible(ask, againMs)), typedMs);
    return () => {
      stopped = true;
      clearTimeout(timer);
      stop();
    };
  }, [api, asked]);
  const preview = shown?.of === asked ? shown?.preview : undefined;
  return (
    <p
      className={`preview ${preview?.wouldBe ?? ''}${order?.request.guaranteedStop ? ' long' : ''}`}
      data-preview={preview?.wouldBe}
    >
      {preview ? previewWords(preview) : ' '}
    </p>
  );
}
