// What every subscribable item offers to a subscription, and how one is refused. Types only.
import type { Update } from './updates.ts';

/** A refused subscription: REQERR code and text. Codes below 1 are IG's own. */
export interface Refusal { code: number; text: string }
export interface Subscriber {
  /** Events wanted of before; a MERGE item has at most one. */
  snapshot: number;
  push(update: Update): void;
  /** Its back-pressure. */
  busy(): Promise<void> | undefined;
}
export interface Item {
  mode: 'MERGE' | 'DISTINCT';
  /** Starts delivery, the snapshot first; returns what ends it. */
  start(schema: readonly string[], subscriber: Subscriber): () => void;
  hasField(name: string): boolean;
}
