// Ordinary bad days at the broker, for hours of simulated time: what a caller sees, how it recovers, and how often IG is asked.
import { expect, test } from 'vitest';
import { twoIgProcesses } from '../../testing/ig-process.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { loginIntervalMs } from './session.ts';

const hourMs = 3_600_000;

test('through hours of maintenance callers are told at once that the broker is away, it is asked once a minute, and is back a minute after its end', async () => {
  await using broker = await testBroker();
  await using rig = await twoIgProcesses(broker);
  expect(await rig.read()).toMatchObject({ answer: 'answered' });
  broker.simulator.setFaults([{ name: 'maintenance', ms: [4 * hourMs, 4 * hourMs] }]);
  const endMs = broker.clock.monotonicMs() + 4 * hourMs;
  rig.asked.count = 0;
  let late = 0;
  while (broker.clock.monotonicMs() < endMs - 30_000) {
    const { answer, tookMs } = await rig.read();
    expect(answer).toMatchObject({ code: 'broker.unavailable' });
    if (tookMs > 2_000) late++;
    broker.clock.advance(30_000);
  }
  expect(late).toBeLessThanOrEqual(2); // the first, which waits for the second login
  expect(rig.asked.count).toBeLessThan(4 * 60 + 20);
  broker.clock.advance(30_000 + 60_000);
  expect(await rig.read()).toMatchObject({ answer: 'answered' });
});

test('a key that is disabled is told by its code, is not asked with any more, and works again by itself when it is enabled', async () => {
  await using broker = await testBroker();
  await using rig = await twoIgProcesses(broker);
  expect(await rig.read()).toMatchObject({ answer: 'answered' });
  const { accessToken } = await rig.processes[0]!.session.current();
  const disabled = await fetch(`${broker.login.baseUrl}/operations/application/disable`, {
    method: 'PUT',
    headers: { 'X-IG-API-KEY': broker.login.apiKey, Authorization: `Bearer ${accessToken}` },
  });
  expect(disabled.status).toBe(200);
  const code = { options: { brokerCode: 'error.security.api-key-disabled' } };
  expect((await rig.read()).answer).toMatchObject({ code: 'broker.login_failed', ...code });
  rig.asked.count = 0;
  for (let i = 0; i < 240; i++) {
    expect((await rig.read()).answer).toMatchObject({ code: expect.stringMatching(/^broker\./), ...code });
    broker.clock.advance(30_000);
  }
  expect(rig.asked.count).toBeLessThan(30); // in two hours
  const [process] = rig.processes;
  await expect(process!.session.current({ urgent: true })).rejects.toMatchObject(code);
  await broker.restart(); // enables it
  // What is only read waits for the end of the pause; a close, and who asks whether it works again, do not.
  expect((await rig.read()).answer).toMatchObject({ code: 'broker.login_failed' });
  broker.clock.advance(loginIntervalMs);
  await process!.session.current({ urgent: true });
  expect(await rig.read()).toMatchObject({ answer: 'answered' });
});

test('a password that was changed at IG is told by IG’s code, does not lock the account, and the new one is taken within 10 s', async () => {
  await using broker = await testBroker();
  await using rig = await twoIgProcesses(broker);
  expect(await rig.read()).toMatchObject({ answer: 'answered' });
  await broker.stop();
  await using changed = await testBroker({
    clock: broker.clock,
    port: Number(new URL(broker.login.baseUrl).port),
    logins: [{ ...broker.login, accountId: broker.accountId, password: 'the new one' }],
  });
  broker.clock.advance(loginIntervalMs);
  rig.asked.count = 0;
  for (let i = 0; i < 240; i++) {
    expect((await rig.read()).answer).toMatchObject({
      code: 'broker.login_failed',
      options: { brokerCode: 'error.security.invalid-details' },
    });
    broker.clock.advance(30_000);
  }
  expect(rig.logins.length).toBeLessThan(20); // in two hours
  const begunMs = broker.clock.monotonicMs();
  expect(await rig.withPassword('the new one').client.search('EUR')).not.toEqual([]);
  expect(broker.clock.monotonicMs() - begunMs).toBeLessThanOrEqual(loginIntervalMs);
  expect(changed.accountId).toBe(broker.accountId);
});
