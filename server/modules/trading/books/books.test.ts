// Breaks as rows of the transactions that find them, until a reading settles them; drift; and a deal's timeline.
import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../../lib/metrics.ts';
import { failure } from '../../../testing/failure.ts';
import * as build from '../../../testing/build.ts';
import { openedPosition, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';
import { settleAfterMs } from '../evidence/judge.ts';
import { timelineOf } from '../deals/timeline.ts';

const read = (rig: TradingRig) => rig.trading.reconcileAccount(rig.accountId);
/** A position that the broker lists no more, without a word in its history, for long enough. */
async function vanish(rig: TradingRig): Promise<string> {
  const dealId = await openedPosition(rig);
  await read(rig);
  rig.venue.positions.clear();
  rig.venue.activity.length = 0;
  rig.clock.advance(1_000);
  await read(rig);
  rig.clock.advance(settleAfterMs);
  await read(rig);
  return dealId;
}

describe('a break', () => {
  test('is a row of the transaction that tells of it, open with its age until a later reading agrees, then resolved, each told once', async () => {
    await using rig = await tradingRig();
    const dealId = await vanish(rig);
    const openedAt = rig.clock.now();
    rig.clock.advance(90_000);
    const { breaks } = await rig.as().listBreaks({});
    expect(breaks).toMatchObject([
      { kind: 'position_vanished', dealId, deal: null, openedAt, resolvedAt: null, ageSeconds: 90 },
    ]);
    await read(rig);
    await read(rig);
    const resolvedAt = rig.clock.now();
    rig.clock.advance(60_000);
    expect((await rig.as().listBreaks({ state: 'resolved' })).breaks).toMatchObject([
      { id: breaks[0]!.id, resolvedAt, resolution: expect.any(String), ageSeconds: 90 },
    ]);
    expect((await rig.as().listBreaks({ state: 'open' })).breaks).toEqual([]);
    expect((await rig.told()).filter((type) => type.startsWith('break.'))).toEqual([
      'break.opened',
      'break.resolved',
    ]);
  });

  test('of a deal taken for lost that was dealt names the deal, and is told as it is listed', async () => {
    await using rig = await tradingRig();
    rig.venue.treat = 'silence';
    const { id } = await rig.as().openPosition(rig.order());
    for (let reads = 0; reads < 2; reads++) {
      rig.clock.advance(settleAfterMs + 5_000);
      await read(rig);
    }
    const request = rig.venue.requests[0]!;
    rig.venue.book(request, request.kind === 'open' ? request.dealReference : '');
    await rig.applyConfirm();
    const { breaks } = await rig.as().listBreaks({});
    expect(breaks).toMatchObject([{ kind: 'late_appearance', deal: id, environment: 'simulated' }]);
    const { events } = await rig.as().listEvents({ after: '0' });
    expect(events.find(({ type }) => type === 'break.opened')).toMatchObject({
      data: { id: breaks[0]!.id, deal: { id } },
    });
  });

  test('is nobody else’s to see; a page that no list gave out is refused', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    await vanish(rig);
    expect((await rig.as(bob).listBreaks({})).breaks).toEqual([]);
    expect(await failure(rig.as(bob).listBreaks({ accountId: rig.accountId }))).toMatchObject({
      code: 'accounts.not_found',
    });
    expect(await failure(rig.as(null).listBreaks({}))).toMatchObject({ code: 'auth.required' });
    expect(await failure(rig.as().listBreaks({ cursor: 'x' }))).toMatchObject({ code: 'request.invalid' });
  });
});

describe('trading.drift', () => {
  test('is nothing known before a reading, then the time since our books were the broker’s', async () => {
    await using rig = await tradingRig();
    expect(await rig.as().drift({})).toMatchObject({
      agreedAt: null,
      seconds: null,
      readAt: null,
      cash: null,
    });
    await read(rig);
    rig.clock.advance(42_000);
    expect(await rig.as().drift({})).toMatchObject({
      accountId: rig.accountId,
      environment: 'simulated',
      seconds: 42,
      differences: [],
      unsettled: 0,
      openBreaks: 0,
    });
    expect(await failure(rig.as(null).drift({}))).toMatchObject({ code: 'auth.required' });
  });

  test('shows what a reading found: positions known to one side only, and another cash; what is taken over agrees', async () => {
    await using rig = await tradingRig();
    await read(rig);
    const at = rig.clock.now();
    await rig.database.pool.query('update account_risk set cash = cash + 12.5');
    rig.venue.book(build.openRequest({ size: '2' }), 'WEB1');
    const [dealId] = rig.venue.positions.keys();
    rig.clock.advance(1_000);
    await read(rig);
    expect(await rig.as().drift({})).toMatchObject({
      agreedAt: rig.clock.now(),
      cash: { difference: '12.5', currency: 'GBP' },
      differences: [{ what: 'position', dealId, ours: null, brokers: '2' }],
      unsettled: 0,
    });
    rig.venue.positions.clear();
    rig.venue.activity.length = 0;
    const agreedAt = rig.clock.now();
    rig.clock.advance(7_000);
    await read(rig);
    expect(await rig.as().drift({})).toMatchObject({
      agreedAt,
      seconds: 7,
      readAt: rig.clock.now(),
      differences: [{ what: 'position', dealId, ours: '2', brokers: null }],
      unsettled: 1,
    });
    expect(at < agreedAt).toBe(true);
  });

  test('does not call it a difference that the broker’s list tells what was not known of a position yet', async () => {
    await using rig = await tradingRig();
    rig.venue.book(build.openRequest({ size: '2' }), 'WEB1');
    await read(rig);
    const named = async () => {
      const { rows } = await rig.database.pool.query<{ name: string; isNamed: boolean }>(
        'select name, name <> epic as "isNamed" from positions',
      );
      return rows;
    };
    const [before] = await named();
    await rig.database.pool.query('update positions set name = epic, contract_size = null');
    rig.clock.advance(1_000);
    await read(rig);
    expect(await rig.as().drift({})).toMatchObject({ differences: [], unsettled: 0 });
    expect(await named()).toEqual([before]);
    await rig.database.pool.query('update positions set size = 3');
    await read(rig);
    expect((await rig.as().drift({})).differences).toMatchObject([{ ours: '3', brokers: '2' }]);
  });

  test('and breaks are metrics, by environment', async () => {
    await using rig = await tradingRig();
    const metrics = createMetrics();
    rig.restart({ metrics });
    await vanish(rig);
    rig.clock.advance(9_000);
    const text = await metrics.text();
    expect(text).toContain('ftrader_breaks_open{environment="simulated",kind="position_vanished"} 1');
    expect(text).toContain('ftrader_drift_seconds{environment="simulated"} 9');
    expect(text).toContain('ftrader_drifting_accounts{environment="simulated"} 0');
  });
});

describe('a deal’s timeline', () => {
  test('has each step at its instant, the broker’s by its own clock, and none that nobody saw', () => {
    const second = (n: number) => new Date(Date.UTC(2026, 0, 5, 9, 0, n));
    const steps = (row: Partial<Parameters<typeof timelineOf>[0]>) =>
      timelineOf({
        createdAt: second(0),
        sentAt: null,
        answeredAt: null,
        brokerAt: null,
        decidedAt: null,
        unknownAt: null,
        ...row,
      }).map(({ step, afterMs }) => [step, afterMs]);
    expect(steps({})).toEqual([['admitted', 0]]);
    expect(
      steps({ sentAt: second(1), answeredAt: second(2), brokerAt: second(9), decidedAt: second(3) }),
    ).toEqual([
      ['admitted', 0],
      ['sent', 1_000],
      ['broker_decided', null],
      ['answered', 2_000],
      ['decided', 3_000],
    ]);
    expect(
      steps({ sentAt: second(1), answeredAt: second(3), decidedAt: second(2) }).map(([step]) => step),
    ).toEqual(['admitted', 'sent', 'decided', 'answered']);
    const lost = { sentAt: second(1), unknownAt: second(3), decidedAt: second(6) };
    expect(steps({ ...lost, brokerAt: second(2) }).map(([step]) => step)).toEqual([
      'admitted',
      'sent',
      'broker_decided',
      'unknown',
      'decided',
    ]);
    expect(steps({ ...lost, brokerAt: second(5) })[2]).toEqual(['unknown', 3_000]);
  });

  test('tells of a deal that is read when it was sent, answered and decided, also where the confirm overtook the answer', async () => {
    await using rig = await tradingRig();
    rig.venue.during = async () => {
      rig.clock.advance(7);
      await rig.applyConfirm();
      rig.clock.advance(3);
    };
    const { id } = await rig.as().openPosition(rig.order());
    await rig.trading.settled();
    const { timeline, decidedBy } = await rig.as().getDeal({ id });
    expect(decidedBy).toBe('stream');
    expect(timeline.map(({ step, afterMs }) => [step, afterMs])).toEqual([
      ['admitted', 0],
      ['sent', 0],
      ['broker_decided', null],
      ['decided', 7],
      ['answered', 10],
    ]);
  });

  test('of a deal that was never sent has its admission only; of one without an answer, its sending', async () => {
    await using rig = await tradingRig();
    const steps = async (treat: typeof rig.venue.treat) => {
      rig.venue.treat = treat;
      const { id } = await rig.as().openPosition(rig.order());
      await rig.trading.settled();
      const { timeline, decidedBy } = await rig.as().getDeal({ id });
      return [...timeline.map(({ step }) => step), decidedBy];
    };
    expect(await steps('not sent')).toEqual(['admitted', 'decided', 'not_sent']);
    expect(await steps('silence')).toEqual(['admitted', 'sent', 'unknown', null]);
    expect(await steps('refuse')).toEqual(['admitted', 'sent', 'answered', 'decided', 'answer']);
  });
});
