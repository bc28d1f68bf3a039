// The documents as pages, all from this host: the API reference that lets you sign in and try calls, and the list of errors.
import { createRequire } from 'node:module';
import path from 'node:path';
import { Router, type Response } from 'express';
import type { AsyncApiDocument } from './asyncapi.ts';
import { refuseMethod } from './answer.ts';
import { refuseBody } from './body.ts';
import { errorsPage } from './errors-page.ts';
import type { OpenApiDocument } from './openapi.ts';

/** The reference as one script: dist/browser lies beside the package's main file. */
const scalarScript = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@scalar/api-reference')),
  'browser',
  'standalone.js',
);
const keepMs = 24 * 3600 * 1000;
const pageFolder = path.join(import.meta.dirname, 'docs-page');

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
  const serveFile = (at: string, file: string) =>
    serve(at, (res) =>
      res.sendFile(path.join(pageFolder, file), {
        dotfiles: 'allow',
        acceptRanges: false,
        lastModified: false,
        headers: { 'Cache-Control': 'no-cache' },
      }),
    );
  const errors = errorsPage();
  serve('/openapi.json', (res) => void res.set('Cache-Control', 'no-cache').json(openApi));
  serve('/asyncapi.json', (res) => void res.set('Cache-Control', 'no-cache').json(asyncApi));
  routes.get('/docs', refuseBody, (req, res, next) =>
    req.path.endsWith('/') ? next() : res.redirect(308, `${req.baseUrl}/docs/`),
  );
  serveFile('/docs/', 'index.html');
  for (const file of ['page.css', 'page.js', 'errors.js']) serveFile(`/docs/${file}`, file);
  serve('/docs/scalar.js', (res) => res.sendFile(scalarScript, { maxAge: keepMs, dotfiles: 'allow' }));
  serve('/docs/errors', (res) => void res.set('Cache-Control', 'no-cache').type('html').send(errors));
  return routes;
}
