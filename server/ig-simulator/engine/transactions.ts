// Transaction history in IG's shapes: every row moves money, and all of them add up to the balance. Ranges and pages live with REST.
import { decimal } from '../../../shared/decimal.ts';
import { shortReference } from './ids.ts';
import { currencySign, second, shortDate, signedSize } from './texts.ts';
import type { Decision } from './decisions.ts';
import type { Market } from './types.ts';

interface Row {
  date: string;
  dateUtc: string;
  openDateUtc: string;
  instrumentName: string;
  period: string;
  profitAndLoss: string;
  transactionType: 'DEAL' | 'DEPO' | 'WITH';
  reference: string;
  openLevel: string;
  closeLevel: string;
  size: string;
  currency: string;
  cashTransaction: boolean;
}

/**
 * GET /history/transactions v2, the rows of one decision: a DEAL per position closed, and cash rows (DEPO in, WITH out)
 * for deposits, withdrawals, overnight funding per position and the premium of a guaranteed stop. IG publishes no list of
 * the names of its cash rows: these are ours.
 */
export function transactionsOf(
  decision: Decision,
  accountCurrency: string,
  instrumentOf: Market['instrument'],
): Row[] {
  const { at } = decision;
  const nameOf = (epic: string) => instrumentOf(epic)?.name.trim() ?? epic;
  const common = { date: second(at), dateUtc: second(at), currency: currencySign(accountCurrency) };
  const amountText = (amount: string) => currencySign(accountCurrency) + Number(amount).toFixed(2);
  function cash(dealId: string, amount: string, instrumentName: string, period = '-'): Row[] {
    const sign = decimal.compare(amount, '0');
    return sign === 0
      ? []
      : [
          {
            ...common,
            openDateUtc: second(at),
            instrumentName,
            period,
            profitAndLoss: amountText(amount),
            transactionType: sign > 0 ? 'DEPO' : 'WITH',
            reference: shortReference(dealId),
            openLevel: '-',
            closeLevel: '0',
            size: '-',
            cashTransaction: true,
          },
        ];
  }
  switch (decision.type) {
    case 'accountCreated':
      return cash(decision.dealId, decision.cash, 'Opening balance');
    case 'cashAdjusted':
      return cash(
        decision.dealId,
        decision.amount,
        decision.note || (decision.amount.startsWith('-') ? 'Withdrawal' : 'Deposit'),
      );
    case 'funded':
      return decision.charges.flatMap(({ dealId, epic, days, amount }) =>
        cash(dealId, amount, `Overnight funding for ${days} day${days === 1 ? '' : 's'} ${nameOf(epic)}`),
      );
    case 'dealt':
      return decision.closings.flatMap(({ position, size, profit, rate, premium = '0' }) => [
        {
          ...common,
          openDateUtc: second(position.openedAt),
          instrumentName: nameOf(position.epic) + (rate === '1' ? '' : ` converted at ${rate}`),
          period: position.expiry,
          profitAndLoss: amountText(profit),
          transactionType: 'DEAL',
          reference: shortReference(decision.dealId),
          openLevel: position.level,
          closeLevel: decision.level,
          size: signedSize(position.direction, size),
          cashTransaction: false,
        } as const,
        ...cash(
          decision.dealId,
          decimal.subtract('0', premium),
          `Guaranteed stop premium ${nameOf(position.epic)}`,
          position.expiry,
        ),
      ]);
    default:
      return [];
  }
}
/** A row of version 1: no UTC times, and the day alone. */
export const oldTransactionOf = ({ dateUtc: _, openDateUtc: __, date, ...row }: Row) => ({
  ...row,
  date: shortDate(date),
});
