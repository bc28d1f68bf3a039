// What the ACCOUNT item says of an account's figures. Watches nothing.
import { decimal } from '../../../shared/decimal.ts';
import type { AccountFigures } from '../engine/value.ts';

/** The fields of `ACCOUNT:{accountId}`, two decimals each, with the two older names; LR is what positions with a guaranteed stop carry, NLR the rest. */
export function accountItem(figures: AccountFigures): Record<string, string> {
  const text = (value: string) => Number(value).toFixed(2);
  const { profitLoss, deposit, limitedRisk } = figures;
  const rest = (all: string, part: string) => text(decimal.subtract(all, part));
  const [pnl, margin, available] = [text(profitLoss), text(deposit), text(figures.available)];
  return {
    PNL: pnl,
    DEPOSIT: margin,
    AVAILABLE_CASH: available,
    PNL_LR: text(limitedRisk.profitLoss),
    PNL_NLR: rest(profitLoss, limitedRisk.profitLoss),
    FUNDS: text(figures.cash),
    MARGIN: margin,
    MARGIN_LR: text(limitedRisk.deposit),
    MARGIN_NLR: rest(deposit, limitedRisk.deposit),
    AVAILABLE_TO_DEAL: available,
    EQUITY: text(figures.equity),
    EQUITY_USED: text(figures.equityUsedPct),
    USED_MARGIN: margin,
    AMOUNT_DUE: '0.00',
  };
}
