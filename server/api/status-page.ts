// The status as a page for a browser: the same facts as in JSON, in the same hands, in words and units. It reads itself again, without a script.
import type { FeedHealth } from '../../shared/system.ts';
import type { AccountCounts, FeedCounts } from '../modules/system/index.ts';
import { escapeHtml } from './html.ts';

/** What is told of this process to those who may know it. */
export interface Figures {
  version: string;
  startedAt: Date;
  uptimeSeconds: number;
  sockets: number;
  eventStreams: number;
  subscriptions: number;
  memory: { rssBytes: number; heapUsedBytes: number };
}
type ShownFeed = Pick<FeedHealth, 'feed' | 'state' | 'tickAgeMs'> &
  Partial<Pick<FeedHealth, 'items' | 'reason'>> & { ageMs: number | null };

const everySeconds = 5;
/** `3 s`, `12 min`, `5 h`, `2 d`. */
function duration(ms: number): string {
  for (const [unit, lengthMs] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const)
    if (ms >= 2 * lengthMs) return `${Math.floor(ms / lengthMs)} ${unit}`;
  return `${Math.floor(ms / 1000)} s`;
}
const megabytes = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`;

/** A line of the page for each figure; one that is not told has none. */
const lines: { [Name in keyof Figures]: [title: string, show: (value: Figures[Name]) => string] } = {
  version: ['Version', (version) => version],
  startedAt: ['Started', (at) => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`],
  uptimeSeconds: ['Running for', (seconds) => duration(seconds * 1000)],
  sockets: ['WebSockets', String],
  eventStreams: ['HTTP event streams', String],
  subscriptions: ['Subscriptions on both', String],
  memory: [
    'Memory',
    ({ rssBytes, heapUsedBytes }) =>
      `${megabytes(rssBytes)} in all, ${megabytes(heapUsedBytes)} of JavaScript values in use`,
  ],
};
const lineOf = <Name extends keyof Figures>(name: Name, value: Figures[Name] | undefined): string => {
  if (value === undefined) return '';
  const [title, show] = lines[name];
  return `<tr><th scope="row">${title}</th><td>${escapeHtml(show(value))}</td></tr>`;
};

/** `reason` and `items` are for those who may know them: the tick is followed by how many markets, the row by one of why. */
const feedRow = ({ feed, state, ageMs, tickAgeMs, items, reason }: ShownFeed): string => {
  const markets = typeof items === 'number' ? `, ${items} ${items === 1 ? 'market' : 'markets'}` : '';
  const tick = tickAgeMs === null ? 'nobody here watches it' : `${duration(tickAgeMs)} ago${markets}`;
  const why = reason ? `<tr class="why"><td colspan="4">${escapeHtml(reason)}</td></tr>` : '';
  return `<tr><th scope="row">${escapeHtml(feed)}</th><td class="${state}">${state}</td><td>${ageMs === null ? '' : duration(ageMs)}</td><td>${tick}</td></tr>${why}`;
};

const stateWords: Record<keyof AccountCounts, string> = {
  up: 'up',
  degraded: 'degraded',
  read_only: 'read only',
  offline: 'offline',
  disconnected: 'disconnected',
};
const accountsLine = (counts: AccountCounts | null): string => {
  const states = Object.keys(stateWords) as (keyof AccountCounts)[];
  const told = counts && states.filter((state) => counts[state] > 0 || state === 'up');
  return `<p>Accounts: ${told ? told.map((state) => `${counts[state]} ${stateWords[state]}`).join(', ') : 'not known now'}</p>`;
};

/** Which they are, their owners alone learn; nothing where there are none. */
function loginFeedsLine(counts: FeedCounts): string {
  const states = (['up', 'down', 'unknown'] as const).filter((state) => counts[state] > 0);
  const told = states.map((state) => `${counts[state]} ${state}`).join(', ');
  return told && `<p>Feeds of accounts’ own logins: ${told}</p>`;
}

/** `status` is what the caller may know. */
export function statusPage({
  feeds,
  accounts,
  loginFeeds,
  ...figures
}: {
  feeds: readonly ShownFeed[];
  accounts: AccountCounts | null;
  loginFeeds: FeedCounts;
} & Partial<Figures>): string {
  const rows = (Object.keys(lines) as (keyof Figures)[]).map((name) => lineOf(name, figures[name])).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="${everySeconds}"><title>FTrader status</title><link rel="icon" href="data:,">
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;background:light-dark(#f4f6f8,#0b0f14);color:light-dark(#18202a,#e4e9ef)}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:left;vertical-align:top;font-weight:400;padding:.4rem .75rem .4rem 0;border-top:1px solid light-dark(#d5dae0,#2a323c)}thead th{border:0}.why td{border:0;padding-top:0;overflow-wrap:anywhere}.feeds td:nth-child(3){white-space:nowrap}thead th,tbody th{color:light-dark(#5c6875,#8d99a7)}.feeds tbody th{color:inherit;font-weight:600}a{color:light-dark(#1d5fd1,#5b95f5)}.up{color:light-dark(#06652e,#6fdc9c)}.down,.unknown{color:light-dark(#a3121a,#ff9a9a);font-weight:600}</style></head>
<body><h1>FTrader status</h1>
<table class="feeds"><thead><tr><th>Feed</th><th>State</th><th>For</th><th>Last tick</th></tr></thead><tbody>${feeds.map(feedRow).join('') || '<tr><td colspan="4">no feed for everybody</td></tr>'}</tbody></table>
${accountsLine(accounts)}${loginFeedsLine(loginFeeds)}
${rows && `<h2>This process</h2><table><tbody>${rows}</tbody></table>`}<p><a href="./">The page</a> · <a href="api/docs/">The API</a></p></body></html>
`;
}
