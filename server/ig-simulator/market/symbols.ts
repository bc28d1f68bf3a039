// Which instrument a recording is of, by the symbol that its file's name begins with.
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
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

/** A recording as it is named on a command line: `EPIC=FILE`, or a file whose name begins with a symbol (`EURUSD_…`). Tells what is wrong with it. */
export function recordingOf(
  argument: string,
  refuse: (problem: string) => void,
): { path: string; epic: string } {
  const [, named, path = argument] = /^([A-Z]{2}\.[A-Za-z0-9._]+)=(.+)$/.exec(argument) ?? [];
  const epic = named ?? epicOfSymbol(/^[A-Z0-9]+/.exec(basename(path))?.[0] ?? '');
  if (!existsSync(path)) refuse(`there is no file ${path}`);
  if (epic === undefined) refuse(`no epic follows from the name of ${path}; write EPIC=${path}`);
  else if (!instrumentByEpic.has(epic)) refuse(`unknown epic ${epic}`);
  return { path, epic: epic ?? '' };
}
