// Tokens that end at any moment, again and again, under two processes. Deep form: npm run test:deep.
import { expect, test } from 'vitest';
import { fraction, seededRandom } from '../../ig-simulator/random.ts';
import { silentLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { twoIgProcesses } from '../../testing/ig-process.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { createDealing } from '../accounts/dealing.ts';
import { createSendOnce } from '../accounts/send-once.ts';
import { createAccountClient } from '../accounts/client.ts';
import { loginIntervalMs } from './session.ts';

/** Some 50 ms each, and several times that where others work on the machine. */
const timeoutMs = 300_000;
const revocations = process.env['FTRADER_DEEP'] === '1' ? 1_000 : 200;

test(
  `with tokens revoked ${revocations} times at random no read fails, none waits longer than 12 s, no deal is doubled, and logins are 10 s apart`,
  async () => {
    const seed = process.env['FTRADER_SEED'] ?? String(process.pid);
    const bytes = seededRandom(seed);
    const random = () => fraction(bytes);
    await using broker = await testBroker();
    await using rig = await twoIgProcesses(broker);
    const account = build.account({ environment: 'demo', brokerAccountId: broker.accountId });
    const dealers = rig.processes.map(({ session, reader, allowance }) =>
      createDealing({
        clients: {
          of: async () =>
            createAccountClient({
              accountId: broker.accountId,
              environment: account.environment,
              session,
              reader,
              allowance,
              sendOnce: createSendOnce({
                baseUrl: broker.login.baseUrl,
                apiKey: broker.login.apiKey,
                clock: broker.clock,
              }),
            }),
        },
        clock: broker.clock,
        logger: silentLogger,
      }),
    );
    const sent: string[] = [];
    for (let revoked = 0; revoked < revocations; revoked++) {
      broker.clock.advance(Math.floor(random() * 30_000));
      const kind = Math.floor(random() * 3);
      // All tokens are void, as after IG's maintenance; or one request, or two in a row, are told that the token is bad.
      if (kind === 0) broker.simulator.setFaults([{ name: 'maintenance' }]);
      broker.simulator.setFaults(
        kind === 0 ? [] : [{ name: 'expired-before', on: ['read', 'open'], count: kind }],
      );
      if (random() < 0.2) {
        const dealReference = `ftr_${revoked}`;
        const dealt = await dealers[revoked % 2]!.send(account, build.openRequest({ dealReference }));
        if (dealt.kind === 'submitted') sent.push(dealReference);
      }
      const { answer, tookMs } = await rig.read();
      const told = `seed ${seed}, revocation ${revoked}, kind ${kind}`;
      expect(answer, told).toBe('answered');
      expect(tookMs, told).toBeLessThanOrEqual(12_000);
    }
    const { deals } = broker.simulator.snapshot().accounts[broker.accountId]!;
    // None is there that was not said to be sent, and none twice.
    expect(Object.keys(deals).filter((reference) => !sent.includes(reference))).toEqual([]);
    expect(Object.values(deals).filter((count) => count !== 1)).toEqual([]);
    expect(sent.length).toBeGreaterThan(revocations / 20);
    for (let i = 1; i < rig.logins.length; i++)
      expect(rig.logins[i]! - rig.logins[i - 1]!, `seed ${seed}`).toBeGreaterThanOrEqual(loginIntervalMs);
  },
  timeoutMs,
);
