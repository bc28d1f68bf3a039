// `npm run openapi`: the OpenAPI document without a running server. Prints it, `--write`s it, or `--check`s that the kept copy is current.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createOpenApi } from '../server/api/openapi.ts';
import { describeRouter, restTable, restTags } from '../server/api/router.ts';

const keptCopy = fileURLToPath(new URL('../client/openapi.json', import.meta.url));

function main(): number {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean' },
      check: { type: 'boolean' },
      file: { type: 'string', default: keptCopy },
    },
  });
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const document = createOpenApi({ router: describeRouter(), table: restTable, tags: restTags, version });
  const text = `${JSON.stringify(document, null, 1)}\n`;
  if (values.write) writeFileSync(values.file, text);
  if (!values.check && !values.write) process.stdout.write(text);
  if (!values.check) return 0;
  const kept = existsSync(values.file) && readFileSync(values.file, 'utf8');
  if (kept === text) return 0;
  process.stderr.write(`${values.file} is not what the routers say. Run: npm run openapi -- --write\n`);
  return 1;
}

if (import.meta.main) process.exitCode = main();
