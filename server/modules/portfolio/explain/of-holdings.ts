// The money figures of an instant, and of what was closed, as terms: value, cost, realised, unrealised, income, cash, a gain. Pure.
import type { CostMethod } from '../../../../shared/portfolio.ts';
import type { MoneyFigure } from '../../../../shared/portfolio-explain.ts';
import type { Holding } from '../../../../shared/portfolio-holdings.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { InstrumentMatch } from '../lots/round-trips.ts';
import { lotEventsOf } from '../lots/events.ts';
import type { Lot } from '../lots/lot.ts';
import { matchLots } from '../lots/methods.ts';
import { cashMoves, holdingsOf, incomePostings, type HoldingsQuestion } from '../valuation/holdings.ts';
import {
  atPrice,
  atRate,
  draft,
  inTransaction,
  minus,
  productOf,
  sumOf,
  totalled,
  type Draft,
} from './draft.ts';
import { cashTerm, inBase, lessPosting, unitsTerm } from './ledger.ts';
import { entriesById, gainTerm, lotTerm, type LotGround } from './lots.ts';
import type { Explained } from './of-period.ts';

export type HoldingFigure = Extract<MoneyFigure, `holding${string}`>;
export type CashFigure = Extract<MoneyFigure, `cash${string}`>;
type Answer = ReturnType<typeof holdingsOf>;

/** Of everything at an instant. */
export function explainValue(
  entries: readonly LedgerEntry[],
  held: Answer,
  asked: HoldingsQuestion,
): Explained {
  const term = sumOf({ name: 'value', currency: asked.base }, held.valueBase, () => [
    ...held.holdings.map(
      ({ instrument }) => explainHolding('holdingValueBase', instrument, entries, held, asked)!.term,
    ),
    ...held.cash.map(({ currency }) => explainCash('cashBase', currency, entries, held, asked)!.term),
  ]);
  return { formula: 'Σ units × price × rate + Σ cash × rate', term };
}

/** Undefined for an instrument that the ledger has nothing of. */
export function explainHolding(
  figure: HoldingFigure,
  instrument: string,
  entries: readonly LedgerEntry[],
  held: Answer,
  asked: HoldingsQuestion,
): Explained | undefined {
  const holding = held.holdings.find((each) => each.instrument === instrument);
  if (!holding) return undefined;
  const { base, book, on, method } = asked;
  const { currency } = holding;
  const ground = { base, book, currency, entryOf: entriesById(entries) };
  const ofInstrument = () => matchedOf(entries, instrument, method, ground);
  const named = (money: string) => ({ name: instrument, currency: money });
  const rates = () => (currency === base ? [] : [atRate(book.rate(currency, base, on) ?? null)]);
  const isOpen = holding.quantity !== '0';
  const value = (isBase: boolean) => {
    const units = unitsTerm(entries, instrument, holding.quantity);
    const parts = !isOpen ? [units] : [units, atPrice(holding.price), ...(isBase ? rates() : [])];
    const made = isBase ? holding.valueBase : holding.value;
    return draft(named(isBase ? base : currency), made, { is: 'product', parts });
  };
  switch (figure) {
    case 'holdingValue':
      return { formula: 'units × price', term: value(false) };
    case 'holdingValueBase':
      return { formula: 'units × price × rate', term: value(true) };
    case 'holdingCost':
      return {
        formula: 'Σ value of each lot that is open',
        term: sumOf(named(currency), holding.cost, () =>
          ofInstrument().lots.map((lot) => lotTerm(lot, 'value', ground)),
        ),
      };
    case 'holdingRealised':
    case 'holdingRealisedBase': {
      const isBase = figure === 'holdingRealisedBase';
      return {
        formula: 'Σ proceeds − cost − dealing costs, of each match',
        term: sumOf(named(isBase ? base : currency), isBase ? holding.realisedBase : holding.realised, () =>
          ofInstrument().matches.map((match) => gainTerm(match, isBase, ground)),
        ),
      };
    }
    case 'holdingUnrealised':
      return {
        formula: 'units × price − Σ cost − Σ dealing costs, of each lot; of a short one + cost',
        term: sumOf(named(currency), holding.unrealised, () => [
          value(false),
          ...ofInstrument().lots.flatMap((lot) => [
            onSide(lot, minus(lotTerm(lot, 'value', ground))),
            minus(lotTerm(lot, 'costs', ground)),
          ]),
        ]),
      };
    case 'holdingUnrealisedBase':
      return {
        formula:
          'Σ units × price × rate − cost − dealing costs, of each lot; of a short one cost − units × price × rate',
        term: sumOf(named(base), holding.unrealisedBase, () =>
          ofInstrument().lots.flatMap((lot) => [
            onSide(lot, worthOfLot(lot, holding, rates, ground)),
            onSide(lot, minus(lotTerm(lot, 'valueBase', ground))),
            minus(lotTerm(lot, 'costsBase', ground)),
          ]),
        ),
      };
    case 'holdingIncomeBase':
      return {
        formula: '−Σ posting × rate, of what is no trade',
        term: sumOf(named(base), holding.incomeBase, () =>
          incomePostings(entries)
            .filter((each) => each.instrument === instrument)
            .map((each) => lessPosting(each, ground)),
        ),
      };
  }
}
/** What is owed of a short lot counts the other way round. */
const onSide = ({ side }: Lot, term: Draft) => (side === 'long' ? term : minus(term));
function worthOfLot(lot: Lot, { price }: Holding, rates: () => Draft[], { base, entryOf }: LotGround): Draft {
  const units = inTransaction(
    { name: 'units still open', currency: null },
    lot.quantity,
    entryOf(lot.openedBy),
  );
  return productOf({ name: `worth of ${lot.openedBy}`, currency: base }, [units, atPrice(price), ...rates()]);
}
const matchedOf = (
  entries: readonly LedgerEntry[],
  instrument: string,
  method: CostMethod,
  { base, book }: LotGround,
) => matchLots(method, lotEventsOf(entries, { currency: base, book }).get(instrument) ?? []);

/** Undefined for a currency of which there is no cash. */
export function explainCash(
  figure: CashFigure,
  currency: string,
  entries: readonly LedgerEntry[],
  held: Answer,
  { base, book, on }: HoldingsQuestion,
): Explained | undefined {
  const cash = held.cash.find((each) => each.currency === currency);
  if (!cash) return undefined;
  const amount = cashTerm(entries, currency, cash.amount);
  if (figure === 'cash') return { formula: 'Σ posting to cash', term: amount };
  const parts = [amount, ...(currency === base ? [] : [atRate(book.rate(currency, base, on) ?? null)])];
  const worth = draft({ name: `cash ${currency}`, currency: base }, cash.amountBase, {
    is: 'product',
    parts,
  });
  if (figure === 'cashBase') return { formula: 'cash × rate', term: worth };
  return {
    formula: 'cash × rate − Σ posting to cash × rate of its transaction',
    term: sumOf({ name: 'exchangeEffect', currency: base }, cash.exchangeEffect, () => [
      worth,
      ...cashMoves(entries, currency).map((moved) =>
        minus(inBase('cash', moved.amount, { entry: moved.entry, currency }, { base, book })),
      ),
    ]),
  };
}

/** Of the matches of one acquisition with one disposal: nearly always one. */
export function explainDisposal(
  isBase: boolean,
  found: readonly [InstrumentMatch, ...InstrumentMatch[]],
  entries: readonly LedgerEntry[],
  { base, book }: Pick<HoldingsQuestion, 'base' | 'book'>,
): Explained {
  const [{ currency }] = found;
  const ground = { base, book, currency, entryOf: entriesById(entries) };
  const terms = found.map(({ match }) => gainTerm(match, isBase, ground));
  const term =
    terms.length === 1 ? terms[0]! : totalled({ name: 'gain', currency: isBase ? base : currency }, terms);
  return { formula: 'proceeds − cost − dealing costs', term };
}
