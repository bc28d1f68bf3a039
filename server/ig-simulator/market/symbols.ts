// Which instrument a recording is of, by the symbol that its file's name begins with.
import { instrumentByEpic } from './instruments.ts';

const epics: Record<string, string> = {
  XAUUSD: 'CS.D.CFDGOLD.CFDGC.IP',
  XAGUSD: 'CS.D.CFDSILVER.CFM.IP',
  BTCUSD: 'CS.D.BITCOIN.CFD.IP',
  DE30EUR: 'IX.D.DAX.IFMM.IP',
  FTSE100: 'IX.D.FTSE.IFE.IP',
  ES: 'IX.D.SPTRD.IFMM.IP',
  SP500: 'IX.D.SPTRD.IFMM.IP',
  SPX: 'IX.D.SPTRD.IFMM.IP',
  AAPL: 'UA.D.AAPL.CASH.IP',
};

/** The epic that recordings of `symbol` (`EURUSD`, `XAUUSD`) are played on, or undefined. */
export function epicOfSymbol(symbol: string): string | undefined {
  const epic = epics[symbol] ?? `CS.D.${symbol}.CFD.IP`;
  return instrumentByEpic.has(epic) ? epic : undefined;
}
