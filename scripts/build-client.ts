// `npm run build:client`: the client kit as a package for other people's projects. JavaScript by Vite, its types written out by client-types.ts, packed by npm. Writes client/dist and nothing else.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { clientTypes } from './client-types.ts';
import { runCommand } from './command.ts';

const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'client');

/** Builds and packs; what npm can install. `into`: the folder for both. */
export async function buildClient(into = path.join(folder, 'dist')): Promise<{ tarball: string }> {
  const manifest = readFileSync(path.join(folder, 'package.json'), 'utf8');
  const { name, version, dependencies, peerDependencies } = JSON.parse(manifest) as {
    name: string;
    version: string;
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
  const others = Object.keys({ ...dependencies, ...peerDependencies });
  const stage = path.join(into, 'package');
  const dist = path.join(stage, 'dist');
  rmSync(into, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const { build } = await import('vite').catch(() => {
    throw new Error('What builds the kit is not installed. Run: npm ci --include=dev');
  });
  await build({
    configFile: false,
    root: folder,
    logLevel: 'warn',
    build: {
      // What every browser of the last years and Node 20 read; nothing is polyfilled.
      target: 'es2022',
      outDir: dist,
      emptyOutDir: true,
      minify: false,
      lib: { entry: path.join(folder, 'index.ts'), formats: ['es'], fileName: 'index' },
      rolldownOptions: { external: (id) => others.some((each) => id === each || id.startsWith(`${each}/`)) },
    },
  });
  writeFileSync(path.join(dist, 'index.d.ts'), await clientTypes());
  writeFileSync(path.join(stage, 'package.json'), manifest);
  copyFileSync(path.join(folder, 'README.md'), path.join(stage, 'README.md'));
  copyFileSync(path.join(root, 'LICENSE'), path.join(stage, 'LICENSE'));
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', into], {
    cwd: stage,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (packed.status !== 0) throw new Error(`npm pack failed: ${packed.stderr}${packed.error ?? ''}`);
  return { tarball: path.join(into, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`) };
}

if (import.meta.main)
  await runCommand({
    name: 'build:client',
    about: 'Builds the TypeScript client kit (@ftrader/client) as a package that npm can install.',
    async run({ json }) {
      const startedAt = performance.now();
      const { tarball } = await buildClient();
      const took = Math.round(performance.now() - startedAt);
      console.log(
        json
          ? JSON.stringify({ tarball })
          : `built in ${took} ms; in your own project: npm install ${tarball}`,
      );
    },
  });
