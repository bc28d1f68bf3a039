// The list of errors as a page, made from the registry: the target of every error's docUrl.
import { errorCodes, errorRegistry, type ErrorCode } from '../../shared/errors.ts';
import { httpStatusOf, isRetryable } from '../trpc/errors.ts';
import { escapeHtml } from './html.ts';

/** What stands before the dot: where the error comes from. */
type Group<Code = ErrorCode> = Code extends `${infer Name}.${string}` ? Name : never;
/** In the order of the page. */
const groupTitles: Readonly<Record<Group, string>> = {
  request: 'The request itself',
  auth: 'Signing in and what a login may do',
  market_data: 'Markets and prices',
  accounts: 'Broker accounts',
  trading: 'Trading',
  notifications: 'Notifications, alerts and webhooks',
  portfolio: 'Portfolios',
  signals: 'Signals of alert services',
  admin: 'Administration',
  broker: 'The broker',
  server: 'The server',
};
const groupOf = (code: ErrorCode) => code.split('.')[0]!;

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:light-dark(#18202a,#e4e9ef);background:light-dark(#fff,#0f1216)}
a{color:light-dark(#1d5fd1,#6ea2f7)}nav a{margin-right:1em;white-space:nowrap}h2{margin:2.5rem 0 .5rem}article{padding:.25rem .75rem;border-top:1px solid light-dark(#d4dae1,#2b3138);scroll-margin-top:4rem}
article:target{background:light-dark(#fff4cf,#3a3312)}h3{margin:.5rem 0;font-size:1rem}h3 a{text-decoration:none}p{margin:.5rem 0;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:8rem 1fr;gap:.15rem 1rem;margin:.5rem 0;overflow-wrap:anywhere}
dt{color:light-dark(#5c6875,#9aa5b1)}dd{margin:0}@media(max-width:32rem){dl{grid-template-columns:1fr}}[hidden]{display:none}
.search{position:sticky;top:0;padding:.75rem 0;background:light-dark(#fff,#0f1216)}input{font:inherit;width:20rem;max-width:70%;padding:.35rem .6rem;color:inherit;background:transparent;border:1px solid light-dark(#6b7785,#77828f);border-radius:6px}`;

const withCode = (text: string) => escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

function article(code: ErrorCode): string {
  const { message, cause, help } = errorRegistry[code];
  const again = isRetryable(code)
    ? 'yes: the same request may succeed later'
    : 'no: it would fail in the same way';
  return `<article id="${code}"><h3><a href="#${code}"><code>${code}</code></a></h3><p>${escapeHtml(message)}</p>
<dl><dt>Why</dt><dd>${withCode(cause)}</dd><dt>What to do</dt><dd>${withCode(help)}</dd><dt>HTTP</dt><dd>${httpStatusOf(code)}</dd><dt>Try it again</dt><dd>${again}</dd></dl></article>`;
}

/** All codes by where they come from, each with its code as its anchor; with JavaScript it can be searched. */
export function errorsPage(): string {
  const groups = Object.entries(groupTitles).map(([group, title]) => ({
    group,
    title,
    codes: errorCodes.filter((code) => groupOf(code) === group),
  }));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>FTrader errors</title><link rel="icon" href="data:,">
<style>${style}</style></head>
<body><h1>Errors</h1><p>Every face answers with the same object: <code>code</code> never changes, <code>message</code> may be shown, <code>retryable</code> says whether the same request may succeed later, and <code>docUrl</code> leads here. Quote the <code>requestId</code> (also in <code>X-Request-Id</code>) when you report one. A deal that is refused is no error but a result with its reason.</p>
<nav>${groups.map(({ group, title }) => `<a href="#${group}">${title}</a>`).join(' ')} <a href="./">The API</a></nav>
<p class="search"><input type="search" aria-label="Search the errors" placeholder="Search: a code, 429, password …"> <span role="status"></span></p>
${groups.map(({ group, title, codes }) => `<section><h2 id="${group}">${title}</h2>\n${codes.map(article).join('\n')}</section>`).join('\n')}
<script src="errors.js"></script></body></html>
`;
}
