// The documents as pages, all from this host: the API reference that lets you try calls, and the list of errors made from the registry.
import { createRequire } from 'node:module';
import path from 'node:path';
import { Router, type Response } from 'express';
import { errorCodes, errorRegistry } from '../../shared/errors.ts';
import { httpStatusOf, isRetryable } from '../trpc/errors.ts';
import type { AsyncApiDocument } from './asyncapi.ts';
import { refuseMethod } from './answer.ts';
import { refuseBody } from './body.ts';
import { escapeHtml } from './html.ts';
import type { OpenApiDocument } from './openapi.ts';

/** The reference as one script: dist/browser lies beside the package's main file. */
const scalarScript = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@scalar/api-reference')),
  'browser',
  'standalone.js',
);
const keepSeconds = 24 * 3600;

const referencePage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>FTrader API</title>
<link rel="icon" href="data:,"></head>
<body><div id="reference"></div><noscript>This page needs JavaScript; <a href="../openapi.json">the document itself</a> does not.</noscript>
<script src="scalar.js"></script><script src="start.js"></script></body></html>
`;
// No proxy, fonts, telemetry or agent of anyone else: calls go straight from the page to this server, with its cookie.
const startScript = `Scalar.createApiReference('#reference', {
  url: '../openapi.json',
  proxyUrl: '', telemetry: false, withDefaultFonts: false, agent: { disabled: true }, mcp: { disabled: true },
  showDeveloperTools: 'never', hideClientButton: true, persistAuth: false, defaultOpenAllTags: true,
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
});
`;

export function createDocsRouter({
  openApi,
  asyncApi,
}: {
  openApi: OpenApiDocument;
  asyncApi: AsyncApiDocument;
}): Router {
  const routes = Router();
  const onlyGet = refuseMethod(['GET', 'HEAD', 'OPTIONS']);
  const serve = (at: string, send: (res: Response) => void) =>
    routes
      .route(at)
      .get(refuseBody, (_req, res) => send(res))
      .all(onlyGet);
  const errors = errorsPage();
  serve('/openapi.json', (res) => void res.set('Cache-Control', 'no-cache').json(openApi));
  serve('/asyncapi.json', (res) => void res.set('Cache-Control', 'no-cache').json(asyncApi));
  routes.get('/docs', refuseBody, (req, res, next) =>
    req.path.endsWith('/') ? next() : res.redirect(308, `${req.baseUrl}/docs/`),
  );
  serve('/docs/', (res) => void res.set('Cache-Control', 'no-cache').type('html').send(referencePage));
  serve('/docs/start.js', (res) => void res.set('Cache-Control', 'no-cache').type('js').send(startScript));
  serve('/docs/scalar.js', (res) =>
    res.sendFile(scalarScript, { maxAge: keepSeconds * 1000, dotfiles: 'allow' }),
  );
  serve('/docs/errors', (res) => void res.set('Cache-Control', 'no-cache').type('html').send(errors));
  return routes;
}

/** One row per code, with the code as its anchor: the target of every error's docUrl. */
export function errorsPage(): string {
  const rows = errorCodes.map((code) => {
    const { message, help } = errorRegistry[code];
    return `<tr id="${code}"><td><a href="#${code}"><code>${code}</code></a></td><td>${httpStatusOf(code)}</td><td>${isRetryable(code) ? 'yes' : 'no'}</td><td>${escapeHtml(message)}<br><span>${escapeHtml(help).replaceAll(/`([^`]+)`/g, '<code>$1</code>')}</span></td></tr>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>FTrader errors</title><link rel="icon" href="data:,">
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}tr:target{background:color-mix(in srgb,gold 25%,transparent)}td span{opacity:.75}</style></head>
<body><h1>Errors</h1><p>Every face answers with the same object; <code>code</code> is stable. Quote the <code>requestId</code> (also in <code>X-Request-Id</code>) when you report one. <a href="./">The API</a></p>
<table><thead><tr><th>code</th><th>HTTP</th><th>same request may succeed later</th><th>what it means, what to do</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></body></html>
`;
}
