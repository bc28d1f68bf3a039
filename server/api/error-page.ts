// An error as a page, for whoever typed or followed an address: the same message and request id as in the error object, and a way on.
import type { Request } from 'express';
import type { ErrorBody } from '../../shared/errors.ts';
import { faceOf } from './request-rules.ts';

/** Whether a person reads the answer: outside the faces, who asks for HTML before JSON. Programs accept anything, and get the object. */
export const wantsPage = (req: Request): boolean =>
  (req.method === 'GET' || req.method === 'HEAD') &&
  faceOf(req.originalUrl) === undefined &&
  req.accepts(['json', 'html']) === 'html';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replace(/[&<>"]/g, (each) => escapes[each]!);

export const errorPage = ({ code, message, requestId }: ErrorBody): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>FTrader</title><link rel="icon" type="image/svg+xml" href="/icon.svg"><script src="/theme.js"></script>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  :root[data-theme='light'] { color-scheme: light; }
  :root[data-theme='dark'] { color-scheme: dark; }
  body { margin: 0; min-height: 100dvh; display: grid; place-items: center; background: light-dark(#f4f6f8, #0b0f14); color: light-dark(#18202a, #e4e9ef); }
  main { max-width: 420px; padding: 24px; overflow-wrap: anywhere; }
  h1 { font-size: 1.35rem; }
  a { color: light-dark(#1d5fd1, #5b95f5); }
  small { color: light-dark(#5c6875, #8d99a7); }
</style>
<main><h1>${code === 'request.unknown_path' ? 'Nothing is here' : 'This did not work'}</h1>
<p>${escape(message)}</p>
<p><a href="/">To the prices</a></p>
<p><small>Programs find everything in <a href="/api/docs/">the API documents</a>. Request <code>${escape(requestId)}</code></small></p></main></html>`;
