// The acceptance tests of dealing, a file for each group of steps. A new kind of deal is a file below steps/ and a line here.
import { onInstallation, type Steps } from './bench.ts';
import type { Installation } from './installation.ts';
import { booksSteps } from './steps/books.ts';
import { closingSteps } from './steps/closing.ts';
import { doubtSteps } from './steps/doubt.ts';
import { elsewhereSteps } from './steps/elsewhere.ts';
import { limitsSteps } from './steps/limits.ts';
import { openingSteps } from './steps/opening.ts';
import { ordersSteps } from './steps/orders.ts';
import { streamSteps } from './steps/stream.ts';

/** Whatever the installation, the same is true of it; `further` groups are of this one alone, and the books are looked at behind them. */
export const acceptDealing = <I extends Installation>(
  name: string,
  start: () => Promise<I>,
  further: Record<string, Steps<I>> = {},
): void =>
  onInstallation(name, start, {
    opening: openingSteps,
    closing: closingSteps,
    'deals in doubt': doubtSteps,
    'deals made elsewhere': elsewhereSteps,
    'what is told': streamSteps,
    'limits and halts': limitsSteps,
    orders: ordersSteps,
    ...further,
    'the books': booksSteps,
  });
