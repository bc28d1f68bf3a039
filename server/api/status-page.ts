// The status as a page for a browser: the same facts as in JSON, in the same hands. It reads itself again, without a script.
import type { FeedHealth } from '../../shared/system.ts';
import { escapeHtml } from './html.ts';

interface Shown {
  feeds: readonly (Pick<FeedHealth, 'feed' | 'state' | 'tickAgeMs'> & { ageMs: number | null })[];
}

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

/** `status` is what the caller may know; what is more in it than feeds stands below as it is. */
export function statusPage({ feeds, ...rest }: Shown & Record<string, unknown>): string {
  const rows = feeds.map(
    ({ feed, state, ageMs, tickAgeMs }) =>
      `<tr><td>${escapeHtml(feed)}</td><td class="${state}">${state}</td><td>${ageMs === null ? '' : duration(ageMs)}</td><td>${tickAgeMs === null ? 'nobody here watches it' : `${duration(tickAgeMs)} ago`}</td></tr>`,
  );
  const figures = Object.entries(rest)
    .filter(([name]) => name !== 'name')
    .map(
      ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(JSON.stringify(value))}</td></tr>`,
    );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="${everySeconds}"><title>FTrader status</title><link rel="icon" href="data:,">
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.4rem .75rem;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}.up{color:light-dark(#06652e,#6fdc9c)}.down,.unknown{color:light-dark(#a3121a,#ff9a9a);font-weight:600}</style></head>
<body><h1>FTrader status</h1>
<table><thead><tr><th>feed</th><th>state</th><th>for</th><th>last tick</th></tr></thead><tbody>${rows.join('') || '<tr><td colspan="4">no feed</td></tr>'}</tbody></table>
${figures.length > 0 ? `<h2>This process</h2><table><tbody>${figures.join('')}</tbody></table>` : ''}<p><a href="./">The page</a> · <a href="api/docs/">The API</a></p></body></html>
`;
}
