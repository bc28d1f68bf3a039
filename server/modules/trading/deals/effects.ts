// What the broker's history says a deal did, as the deal's own effects. Pure.
import { DealEffect } from '../../../../shared/trading.ts';
import type { ActivityEvidence } from '../ports.ts';

/** Of an entry's actions those on positions. An order's are told in its own words. */
export const effectsOf = (actions: ActivityEvidence['actions']): DealEffect[] =>
  actions.flatMap((effect) => DealEffect.safeParse(effect).data ?? []);
