// The page at /: the built dashboard with cache headers, or a line that says how to build it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import express, { Router } from 'express';
import { refuseBody } from './body.ts';

const aYearMs = 365 * 24 * 3_600_000;
const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>FTrader</title>
<h1>FTrader is running</h1><p>The page is not built: run <code>npm ci --include=dev</code> and load this again.</p>
<p>Meanwhile: <a href="api/docs/">the documents</a>, <a href="status">the status</a>.</p></html>`;

/** Serves `folder`. File names below assets/ carry a hash of their content, so they may be kept; index.html is asked for each time. */
export function createPageRouter(folder: string): Router {
  const routes = Router();
  routes.use((req, res, next) =>
    req.method === 'GET' || req.method === 'HEAD' ? refuseBody(req, res, next) : next(),
  );
  routes.use(
    '/assets',
    express.static(path.join(folder, 'assets'), { maxAge: aYearMs, immutable: true, redirect: false }),
  );
  routes.use(
    express.static(folder, {
      redirect: false,
      setHeaders: (res) => void res.setHeader('Cache-Control', 'no-cache'),
    }),
  );
  routes.get('/', (_req, res, next) => {
    if (existsSync(path.join(folder, 'index.html'))) return next();
    res.type('html').set('Cache-Control', 'no-store').send(notBuilt);
  });
  return routes;
}
