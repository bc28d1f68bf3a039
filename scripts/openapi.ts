// `npm run openapi`: the API documents without a running server, OpenAPI of the calls and AsyncAPI of the plain WebSockets. Prints the one of `--document`, `--write`s both, or `--check`s that the kept copies are current.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createAsyncApi } from '../server/api/asyncapi.ts';
import { channelTable } from '../server/api/channels.ts';
import { createOpenApi } from '../server/api/openapi.ts';
import { describeRouter, restTable, restTags } from '../server/api/router.ts';

const keptCopy = (name: string) => fileURLToPath(new URL(`../client/${name}.json`, import.meta.url));

function main(): number {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean' },
      check: { type: 'boolean' },
      document: { type: 'string', default: 'openapi' },
    },
  });
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const router = describeRouter();
  const documents: Record<string, object> = {
    openapi: createOpenApi({ router, table: restTable, tags: restTags, version }),
    asyncapi: createAsyncApi({ router, channels: channelTable, version }),
  };
  const texts = Object.entries(documents).map(
    ([name, document]) => [name, `${JSON.stringify(document, null, 1)}\n`] as const,
  );
  if (!(values.document in documents)) {
    process.stderr.write(`--document must be ${Object.keys(documents).join(' or ')}\n`);
    return 2;
  }
  if (values.write) for (const [name, text] of texts) writeFileSync(keptCopy(name), text);
  if (!values.check && !values.write) process.stdout.write(new Map(texts).get(values.document)!);
  if (!values.check) return 0;
  const stale = texts.filter(([name, text]) => {
    const file = keptCopy(name);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  for (const [name] of stale)
    process.stderr.write(`${keptCopy(name)} is not what the routers say. Run: npm run openapi -- --write\n`);
  return stale.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = main();
