// The AsyncAPI document: whole, with examples that are what they say, and a document to AsyncAPI's own parser.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { closeCodes } from '../../shared/close-codes.ts';
import { EventStreams } from '../../shared/events.ts';
import { eventSamples } from '../testing/event-samples.ts';
import { checker } from '../testing/openapi-checker.ts';
import { otherProjectEnv, projectRoot, temporaryFolder } from '../testing/processes.ts';
import { describeWith } from '../testing/requires.ts';
import { createAsyncApi } from './asyncapi.ts';
import { channelTable } from './channels.ts';
import { describeRouter } from './router.ts';

const document = createAsyncApi({ router: describeRouter(), channels: channelTable, version: '1.2.3' });
const { channels, components, operations } = document;

test('every path has the messages of its channels in both directions, every $ref leads somewhere, every close code is told', () => {
  const common = [
    'authenticate',
    'unsubscribe',
    'authenticated',
    'subscribed',
    'unsubscribed',
    'heartbeat',
    'refused',
  ];
  expect(Object.values(channels).map(({ address }) => address)).toEqual(
    Object.keys(channelTable).map((at) => `/ws/${at}/`),
  );
  for (const [at, own] of Object.entries(channelTable)) {
    const { messages } = Object.values(channels).find(({ address }) => address === `/ws/${at}/`)!;
    expect(
      Object.keys(messages)
        .map((name) => name.toLowerCase())
        .sort(),
    ).toEqual(
      [
        ...common,
        ...Object.keys(own).flatMap((channel) => [`subscribeto${channel}`, `${channel}data`]),
      ].sort(),
    );
  }
  expect(Object.keys(operations)).toHaveLength(2 * Object.keys(channelTable).length);
  const text = JSON.stringify(document);
  const refs = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1]!);
  expect(refs.length).toBeGreaterThan(50);
  for (const ref of refs)
    expect([ref, ref.split('/').reduce<any>((value, key) => value?.[key], document)]).toEqual([
      ref,
      expect.any(Object),
    ]);
  for (const [code, { means, advice }] of Object.entries(closeCodes))
    expect(document.info.description).toContain(`| ${code} | ${means} | ${advice} |`);
  for (const scheme of Object.keys(components.securitySchemes))
    expect(text).toContain(`"#/components/securitySchemes/${scheme}"`);
});

test('every message has an example that its schema takes, and none that it takes without its type', () => {
  for (const [name, { payload, examples }] of Object.entries(components.messages)) {
    const schema = checker(document, payload);
    expect([name, examples.length]).not.toEqual([name, 0]);
    for (const { payload: example } of examples) {
      expect([name, schema.safeParse(example).error?.issues]).toEqual([name, undefined]);
      expect([name, schema.safeParse({ ...example, type: 'dance' }).success]).toEqual([name, false]);
    }
  }
});

test.each([
  ['trading', 'TradingData'],
  ['notifications', 'NotificationsData'],
] as const)('every type of event of %s is as the document says', (stream, message) => {
  const schema = checker(document, components.messages[message]!.payload);
  for (const type of Object.keys(EventStreams[stream])) {
    const envelope = { id: '7', type, at: new Date(0), accountId: 'acct_1', environment: 'simulated' };
    const data = (eventSamples[stream] as Record<string, object>)[type];
    const told = JSON.parse(
      JSON.stringify({ type: 'data', id: 1, eventId: '7', data: { ...envelope, data } }),
    );
    expect([type, schema.safeParse(told).error?.issues]).toEqual([type, undefined]);
    told.data.data = {};
    expect([type, schema.safeParse(told).success]).toEqual([type, false]);
  }
});

test('a table that names what is no subscription, or a channel whose data nobody has described, makes no document', () => {
  const make = (channel: string, name: string) =>
    createAsyncApi({ router: describeRouter(), channels: { x: { [channel]: name } }, version: '1' });
  expect(() => make('prices', 'marketData.prices')).toThrow('marketData.prices');
  expect(() => make('news', 'marketData.onPrices')).toThrow(
    'shared/sockets.ts does not say what the data of news are',
  );
});

/** Prints what the parser has against the document. */
const parse = `import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], 'utf8'));
console.log(JSON.stringify({ messages: document?.messages().all().length, found: diagnostics.map(({ code, message, path }) => [code, message, path.join('.')]) }));
`;
await describeWith('registry', 'AsyncAPI’s own parser', () => {
  test('takes the kept document without a word but that there is a newer version of the standard', async () => {
    using folder = temporaryFolder('asyncapi');
    const cwd = folder.path;
    const env = otherProjectEnv();
    const run = promisify(execFile);
    writeFileSync(path.join(cwd, 'package.json'), '{ "private": true, "type": "module" }');
    writeFileSync(path.join(cwd, 'parse.js'), parse);
    const quietly = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...quietly, '@asyncapi/parser@3.6.3'], { cwd, env });
    const kept = path.join(projectRoot, 'client/asyncapi.json');
    const { stdout } = await run(process.execPath, ['parse.js', kept], { cwd });
    const { messages, found } = JSON.parse(stdout);
    expect(found.filter(([code]: [string]) => code !== 'asyncapi-latest-version')).toEqual([]);
    expect(messages).toBe(Object.keys(components.messages).length);
    const broken = path.join(cwd, 'broken.json');
    writeFileSync(broken, readFileSync(kept, 'utf8').replaceAll('"action"', '"acting"'));
    expect(JSON.parse((await run(process.execPath, ['parse.js', broken], { cwd })).stdout).found).not.toEqual(
      found,
    );
  }, 120_000);
});
