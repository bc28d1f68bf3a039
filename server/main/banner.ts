// What whoever typed `npm start` is told once it is up.
import type { Running } from '../compose/index.ts';

export function banner({
  url,
  simulator,
  demoLogin,
  dataDir,
  embedded,
  problems,
  readyMs,
}: Running & { problems: string[]; dataDir: string; embedded: boolean; readyMs: number }): string {
  const rows: [string, string][] = [
    ['Page', `${url}/`],
    ['API documents', `${url}/api/docs/`],
    ['tRPC', `${url}/trpc  (WebSocket: the same path)`],
    ...(demoLogin
      ? [['Demo login', `${demoLogin.email} / ${demoLogin.password}  (simulated money)`] as [string, string]]
      : []),
    ...(simulator ? [['IG simulator', simulator.baseUrl] as [string, string]] : []),
    ['Data', embedded ? `${dataDir}  (PostgreSQL 18, embedded)` : 'the database of DATABASE_URL'],
  ];
  return `\n  FTrader is ${problems.length > 0 ? 'up, but not all is well' : 'ready'} (${(readyMs / 1000).toFixed(1)} s)\n\n${rows.map(([name, value]) => `  ${name.padEnd(14)} ${value}`).join('\n')}\n${problems.map((problem) => `  ! ${problem}\n`).join('')}\n  Ctrl-C stops everything. Not affiliated with IG; no advice.\n\n`;
}
