// The procedures of portfolios: shape, permission, one call.
import {
  AddTransaction,
  CreatePortfolio,
  ListPortfolios,
  ListTransactions,
  Portfolio,
  PortfolioAsked,
  PortfolioDeleted,
  PortfolioList,
  PortfolioTransactions,
  ReverseTransaction,
  PortfolioTransactionWritten,
  UpdatePortfolio,
} from '../../../shared/portfolio.ts';
import { AskHoldings, Holdings } from '../../../shared/portfolio-holdings.ts';
import { AskGains, AskTrades, Gains, RoundTrips } from '../../../shared/portfolio-gains.ts';
import { AskExplain, Explanation } from '../../../shared/portfolio-explain.ts';
import { AskPerformance, Performance } from '../../../shared/portfolio-performance.ts';
import { AskValuations, Valuations } from '../../../shared/portfolio-valuations.ts';
import { AskStatement, Statement } from '../../../shared/portfolio-statement.ts';
import { ListPrices, EnteredPriceList, PricesSet, SetPrices } from '../../../shared/portfolio-prices.ts';
import {
  AskExport,
  Imported,
  ImportFile,
  ImportPreview,
  PortfolioExport,
} from '../../../shared/portfolio-import.ts';
import { WatchPortfolio } from '../../../shared/portfolio-live.ts';
import { accountProcedure, router, sessionProcedure } from '../../trpc/init.ts';
import { recorded } from '../../trpc/recorded.ts';
import type { Periods } from './days/periods.ts';
import type { Explaining } from './explain/explaining.ts';
import type { LedgerFiles } from './import/importing.ts';
import type { WatchPortfolio as Watch } from './live/watch.ts';
import type { Portfolios } from './portfolios.ts';
import type { EnteredPrices } from './prices.ts';
import type { LedgerReading } from './reading.ts';
import type { Statements } from './statement/statement.ts';
import type { LedgerWriting } from './writing.ts';

export interface PortfolioRouterDeps {
  portfolios: Portfolios;
  writing: LedgerWriting;
  reading: LedgerReading;
  periods: Periods;
  explaining: Explaining;
  statements: Statements;
  prices: EnteredPrices;
  files: LedgerFiles;
  watch: Watch;
}

export const createPortfolioRouter = ({
  portfolios,
  writing,
  reading,
  periods,
  explaining,
  statements,
  prices,
  files,
  watch,
}: PortfolioRouterDeps) =>
  router({
    list: accountProcedure
      .input(ListPortfolios)
      .output(PortfolioList)
      .query(({ ctx, input }) => portfolios.list(ctx.principal.user.id, input)),
    create: sessionProcedure
      .input(CreatePortfolio)
      .output(Portfolio)
      .mutation(({ ctx, input }) => portfolios.create(ctx.principal.user.id, input)),
    listPrices: accountProcedure
      .input(ListPrices)
      .output(EnteredPriceList)
      .query(({ ctx, input }) => prices.list(ctx.principal.user.id, input)),
    setPrices: sessionProcedure
      .input(SetPrices)
      .output(PricesSet)
      .mutation(
        recorded(
          {
            before: ({ ctx, input }) => prices.former(ctx.principal.user.id, input),
            after: (_counts, { input }) => input,
          },
          ({ ctx, input }) => prices.set(ctx.principal.user.id, input),
        ),
      ),
    get: accountProcedure
      .input(PortfolioAsked)
      .output(Portfolio)
      .query(({ ctx, input }) => portfolios.get(ctx.principal.user.id, input.id)),
    update: sessionProcedure
      .input(UpdatePortfolio)
      .output(Portfolio)
      .mutation(
        recorded(
          { before: ({ ctx, input }) => portfolios.get(ctx.principal.user.id, input.id) },
          ({ ctx, input }) => portfolios.update(ctx.principal.user.id, input),
        ),
      ),
    delete: sessionProcedure
      .input(PortfolioAsked)
      .output(PortfolioDeleted)
      .mutation(
        recorded(
          { before: ({ ctx, input }) => portfolios.get(ctx.principal.user.id, input.id) },
          ({ ctx, input }) => portfolios.delete(ctx.principal.user.id, input.id),
        ),
      ),
    holdings: accountProcedure
      .input(AskHoldings)
      .output(Holdings)
      .query(({ ctx, input }) => reading.holdings(ctx.principal.user.id, input)),
    transactions: accountProcedure
      .input(ListTransactions)
      .output(PortfolioTransactions)
      .query(({ ctx, input }) => reading.transactions(ctx.principal.user.id, input)),
    addTransaction: sessionProcedure
      .input(AddTransaction)
      .output(PortfolioTransactionWritten)
      .mutation(({ ctx, input }) => writing.add(ctx.principal.user.id, input)),
    reverseTransaction: sessionProcedure
      .input(ReverseTransaction)
      .output(PortfolioTransactionWritten)
      .mutation(({ ctx, input }) => writing.reverse(ctx.principal.user.id, input)),
    trades: accountProcedure
      .input(AskTrades)
      .output(RoundTrips)
      .query(({ ctx, input }) => reading.trades(ctx.principal.user.id, input)),
    gains: accountProcedure
      .input(AskGains)
      .output(Gains)
      .query(({ ctx, input }) => reading.gains(ctx.principal.user.id, input)),
    performance: accountProcedure
      .input(AskPerformance)
      .output(Performance)
      .query(({ ctx, input }) => periods.performance(ctx.principal.user.id, input)),
    valuations: accountProcedure
      .input(AskValuations)
      .output(Valuations)
      .query(({ ctx, input }) => periods.valuations(ctx.principal.user.id, input)),
    explain: accountProcedure
      .input(AskExplain)
      .output(Explanation)
      .query(({ ctx, input }) => explaining.explain(ctx.principal.user.id, input)),
    statement: accountProcedure
      .input(AskStatement)
      .output(Statement)
      .query(({ ctx, input }) => statements.statement(ctx.principal.user.id, input)),
    importPreview: sessionProcedure
      .input(ImportFile)
      .output(ImportPreview)
      // A file is too long for the address of a query over tRPC.
      .mutation(
        recorded({ after: ({ found: _found, ...counts }) => counts }, ({ ctx, input }) =>
          files.preview(ctx.principal.user.id, input),
        ),
      ),
    importCommit: sessionProcedure
      .input(ImportFile)
      .output(Imported)
      .mutation(({ ctx, input }) => files.commit(ctx.principal.user.id, input)),
    export: sessionProcedure
      .input(AskExport)
      .output(PortfolioExport)
      .query(({ ctx, input }) => files.export(ctx.principal.user.id, input)),
    onValuation: accountProcedure
      .input(WatchPortfolio)
      .subscription(({ ctx, input, signal }) =>
        watch(ctx.principal.user.id, input.portfolioId, { signal, socket: ctx.socket }),
      ),
  });
