// The walk over a broker that is our simulator but for planted differences: each is found, and nothing else is.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compare, isGrave, reportText, type Difference } from '../ig/index.ts';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import type { Ground } from './ground.ts';
import { jane } from '../testing/account-rig.ts';
import { alteringBroker, type Alterations } from '../testing/altering-broker.ts';
import * as build from '../testing/build.ts';
import { projectRoot } from '../testing/processes.ts';
import { testBroker } from '../testing/test-broker.ts';
import { walkBroker } from './contract.ts';

const timeoutMs = 120_000;
const credentials = { identifier: jane.identifier, password: jane.password, apiKey: jane.apiKey };
const account = build.account({ environment: 'demo', brokerAccountId: jane.accountId, name: 'Jane' });

async function walkOver(alterations: Alterations = {}) {
  await using ig = await testBroker({ clock: systemClock, logins: [jane] });
  await using broker = await alteringBroker(ig.login.baseUrl, alterations);
  const ground = { clock: systemClock, ids: createIds(systemClock) } as Ground;
  const steps: string[] = [];
  const prepared = { account, credentials, baseUrl: broker.baseUrl, epic: build.eurusd };
  const report = await walkBroker(ground, prepared, (step) => steps.push(step));
  return { report, steps, left: ig.simulator.snapshot(jane.accountId!).accounts[jane.accountId!]! };
}
/** The paths below IG's base address that the sources of server/ig name, as far as they are fixed. */
const endpointsUsed = () =>
  globSync('server/ig/**/*.ts', { cwd: projectRoot })
    .filter(
      (file) => !/\.test\.ts$|^server\/ig\/contract\//.test(file) && !file.endsWith('simulator-admin.ts'),
    )
    .flatMap((file) => [
      ...readFileSync(path.join(projectRoot, file), 'utf8').matchAll(/[`'"](\/[a-z][a-z/-]*)/g),
    ])
    .map(([, found]) => found!.replace(/\/$/, ''))
    .filter((found) => found !== '/gateway/deal'); // the base address itself
const brief = ({ call, kind, path: where }: Difference) => `${kind} ${call} ${where}`.trim();

test.concurrent(
  'a broker that answers as ours differs in nothing; every call and item was walked, and the position is closed again',
  async () => {
    const { report, steps, left } = await walkOver();
    expect({
      positions: left.positions,
      orders: left.orders,
      deals: Object.values(left.deals),
      placed: Object.values(left.placed),
      cancels: Object.values(left.cancels),
      leftOpen: report.leftOpen,
    }).toEqual({
      positions: [],
      orders: [],
      deals: [1],
      placed: [1],
      cancels: [1],
      leftOpen: false,
    });
    expect(steps[0]).toBe('log in');
    expect(report.differences.filter(isGrave)).toEqual([]);
    expect(report.holds).toBe(true);
    const calls = new Set(report.observed.map(({ call }) => call));
    const walked = [...calls].map((call) => call.split(' ')[1]!);
    expect(endpointsUsed().length).toBeGreaterThan(8);
    for (const path of endpointsUsed())
      expect(
        walked.some((each) => each.startsWith(path)),
        `${path}, which server/ig asks for, is walked`,
      ).toBe(true);
    expect(report.observed.filter(({ status }) => status !== 200).map(({ step }) => step)).toEqual([
      'send a token that is none',
      'show a market that is none',
      'ask for a confirm that is none',
    ]);
    for (const call of [
      'POST /session v3',
      'POST /session/refresh-token v1',
      'GET /session v1',
      'GET /accounts v1',
      'GET /operations/application v1',
      'GET /markets v1',
      'GET /markets v2',
      'GET /categories v1',
      'GET /categories/{id}/instruments v1',
      'GET /clientsentiment v1',
      'GET /watchlists v1',
      'GET /watchlists/{id} v1',
      'POST /positions/otc v2',
      'GET /confirms/{dealReference} v1',
      'GET /positions v2',
      'DELETE /positions/otc v1',
      'POST /workingorders/otc v2',
      'PUT /workingorders/otc/{dealId} v2',
      'DELETE /workingorders/otc/{dealId} v2',
      'GET /history/activity v3',
      'PRICE MERGE',
      'ACCOUNT MERGE',
      'TRADE DISTINCT',
    ])
      expect([...calls]).toContain(call);
    const closing = report.observed.find(({ step }) => step === 'confirm the closing');
    expect(closing).toMatchObject({ status: 200, code: null });
  },
  timeoutMs,
);

const planted: [string, Alterations, string][] = [
  [
    'a missing field',
    {
      answer(call, { body }) {
        if (call === 'GET /positions v2') for (const each of body.positions) delete each.position.level;
      },
    },
    'missing GET /positions v2 positions[].position.level',
  ],
  [
    'a number where text is',
    {
      answer: (call, { body }) =>
        void (
          call === 'GET /accounts v1' &&
          Array.isArray(body.accounts) &&
          (body.accounts[0].accountId = 7)
        ),
    },
    'type GET /accounts v1 accounts[].accountId',
  ],
  [
    'text where a number is',
    {
      answer(call, { body }) {
        if (call.startsWith('GET /confirms/') && body.level !== undefined) body.level = String(body.level);
      },
    },
    'type GET /confirms/{dealReference} v1 level',
  ],
  [
    'another error code',
    {
      answer(call, { body }) {
        if (call.startsWith('GET /confirms/') && body.errorCode) body.errorCode = 'error.confirms.unknown';
      },
    },
    'code GET /confirms/{dealReference} v1',
  ],
  [
    'another status',
    {
      answer(call, answer) {
        if (call === 'GET /history/activity v3') answer.status = 204;
      },
    },
    'status GET /history/activity v3',
  ],
  [
    'a field we do not know',
    { answer: (call, { body }) => void (call === 'POST /session v3' && (body.mood = 'good')) },
    'new POST /session v3 mood',
  ],
  [
    'a header that is not there',
    {
      answer: (call, { headers }) => void (call === 'GET /session v1' && delete headers['x-security-token']),
    },
    'header GET /session v1 X-SECURITY-TOKEN',
  ],
  [
    'another order of the fields of a stream',
    {
      // The last field of a price is its time in milliseconds.
      line: (line) =>
        line.replace(
          /^(U,\d+,\d+,)([^|]+)\|(.*)\|(\d{13})$/,
          (_all, front: string, first: string, middle: string, last: string) =>
            `${front}${last}|${middle}|${first}`,
        ),
    },
    'type PRICE MERGE TIMESTAMP',
  ],
];

// Each mostly waits, at a broker of its own.
test.concurrent.each(planted)(
  '%s is found, named by its call and place, in a report without a value of the account',
  async (_what, alterations, expected) => {
    const { report } = await walkOver(alterations);
    expect(report.differences.map(brief)).toContain(expected);
    const isNew = expected.startsWith('new');
    expect(report.holds).toBe(isNew);
    const text = JSON.stringify(report) + reportText(report);
    for (const secret of [...Object.values(credentials), jane.accountId, 'JANE2', 'Jane'])
      expect(text).not.toContain(secret);
  },
  timeoutMs,
);

test.concurrent(
  'a position whose confirm is never told is found by its reference and closed, an order by its terms; one that is not seen to be gone is said to be open',
  async () => {
    const silent: Alterations = {
      answer(call, answer) {
        if (!call.startsWith('GET /confirms/')) return;
        answer.status = 404;
        answer.body = { errorCode: 'error.confirms.deal-not-found' };
      },
    };
    const { report, left } = await walkOver(silent);
    expect([left.positions, left.orders, report.leftOpen, report.holds]).toEqual([[], [], false, false]);
    const blind = await walkOver({
      answer(call, answer) {
        silent.answer!(call, answer);
        if (call === 'GET /positions v2') answer.status = 500;
      },
    });
    expect([blind.left.positions.length, blind.report.leftOpen]).toEqual([1, true]);
    const deaf = await walkOver({
      answer(call, answer) {
        if (call === 'DELETE /workingorders/otc/{dealId} v2') answer.status = 500;
        if (call === 'GET /workingorders v2') answer.status = 500;
      },
    });
    expect(deaf.report.leftOpen).toBe(true);
  },
  timeoutMs,
);

test('what an empty list or a null hides is no difference; a value that is null on one side only is worth knowing', () => {
  const of = (shape: Record<string, string[]>) => [
    { step: 's', call: 'c', status: 200, code: null, headers: [], shape },
  ];
  expect(
    compare(
      of({ '': ['object'], list: ['list'], 'list[]': ['object'], 'list[].a': ['number'], b: ['text'] }),
      of({ '': ['object'], list: ['empty list'], b: ['null'] }),
    ).map(({ kind, path: where }) => `${kind} ${where}`),
  ).toEqual(['null b']);
});
