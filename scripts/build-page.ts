// Builds the web page (examples/dashboard → its dist folder) with Vite; `npm ci` runs it as `prepare`. Writes nowhere else.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

process.env.NODE_ENV = 'production'; // set before React's plugin loads: a caller's "development" would put React's slow build into the page
const startedAt = performance.now();
const vite = await Promise.all([import('vite'), import('../examples/dashboard/vite.config.ts')]).catch(
  (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/'(vite|@vitejs\/plugin-react)'/.test(error.message))
      throw error;
    console.log(
      'page not built: vite is not installed, since NODE_ENV=production and --omit=dev leave it out. For the page run: npm ci --include=dev (the API runs without it)',
    );
  },
);
if (vite) {
  const [{ build }, { default: config }] = vite;
  await build({ ...config, configFile: false, mode: 'production', logLevel: 'warn' });
  const dist = path.join(import.meta.dirname, '../examples/dashboard/dist');
  const bytes = readdirSync(dist, { recursive: true, encoding: 'utf8' }).reduce(
    (sum, file) => sum + statSync(path.join(dist, file)).size,
    0,
  );
  console.log(
    `page built: ${Math.round(bytes / 1000)} kB in ${Math.round(performance.now() - startedAt)} ms`,
  );
}
