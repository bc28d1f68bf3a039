// Positions of an account whose equity no longer covers half its margin are closed. Pure.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Decision, Position } from './decisions.ts';
import { allows, closeUnasked } from './deal.ts';
import { accountOf, byDealId, sequence } from './state.ts';
import type { Account, Context, State } from './types.ts';
import { figuresOf, fillLevel, opposite, positionFigures, rateOf, unitValue } from './value.ts';

/** Equity below this part of the margin closes positions (ESMA's rule for retail accounts, which IG follows). */
const closeOutPct = '50';
/** In the account's currency: more than rounding to cents and floats make out together. */
const clearBy = 100;

/** What a position's margin and profit grow with, as floats; `risk` is the most that a guaranteed stop can cost, in the quote. */
interface Rough {
  value: number;
  opened: number;
  pct: number;
  risk: number;
}
/** Positions never change, so what follows from one is worked out once. */
const roughs = new WeakMap<Position, Rough>();
function roughOf(position: Position, instrument: Instrument): Rough {
  const known = roughs.get(position);
  if (known) return known;
  const { size, level, stopLevel, guaranteed } = position;
  const pct = Math.max(
    instrument.marginPct,
    ...(instrument.marginBands ?? []).flatMap(([from, each]) => (from < Number(size) ? each : [])),
  );
  const risk =
    guaranteed && stopLevel !== null
      ? Math.abs(Number(level) - Number(stopLevel)) + Number(guaranteed.premium) / instrument.scaling
      : 0;
  const rough = { value: Number(size) * Number(unitValue(instrument)), opened: Number(level), pct, risk };
  roughs.set(position, rough);
  return rough;
}
/** Whether equity is clear of the close-out by more than floats can err; at every look the exact figures would cost a hundred times as much. */
function isClear({ cash, currency, positions }: Account, context: Context): boolean {
  let equity = Number(cash);
  let deposit = 0;
  for (const position of positions) {
    const { epic, direction, currency: own } = position;
    const [quote, instrument, rate] = [
      context.quote(epic),
      context.instrument(epic),
      rateOf(context, own, currency),
    ];
    if (!quote || !instrument || rate === undefined) continue;
    const { value, opened, pct, risk } = roughOf(position, instrument);
    const now = Number(direction === 'BUY' ? quote.bid : quote.offer);
    equity += (direction === 'BUY' ? now - opened : opened - now) * value * Number(rate);
    deposit += Math.max((now * pct) / 100, risk) * value * Number(rate); // never less than the exact one
  }
  return equity > (deposit * Number(closeOutPct)) / 100 + clearBy;
}
/** Closes the position with the largest margin, and the next, until equity covers half of what margin is left. */
export function checkMargin(state: State, accountId: string, context: Context): readonly Decision[] {
  if (isClear(accountOf(state, accountId), context)) return [];
  const done = sequence(state);
  for (;;) {
    const account = accountOf(done.state(), accountId);
    const { equity, deposit } = figuresOf(account, context);
    if (
      decimal.compare(equity, decimal.divide(decimal.multiply(deposit, closeOutPct), '100', 4, 'half-up')) >=
      0
    )
      return done.decisions;
    const next = account.positions
      .map((position) => ({
        position,
        quote: context.quote(position.epic),
        deposit: positionFigures(position, account.currency, context).deposit,
      }))
      .filter(({ quote }) => quote && allows(quote, 'close'))
      .sort((a, b) => decimal.compare(b.deposit, a.deposit) || byDealId(a.position, b.position))[0];
    const decision =
      next &&
      closeUnasked(
        done.state(),
        next.position,
        fillLevel(next.quote!, opposite(next.position.direction)),
        'margin',
        context,
      );
    if (!decision) return done.decisions;
    done.add(decision);
  }
}
