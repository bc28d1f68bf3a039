// The way from an IG account to a first deal, as docs/connect-ig.md tells it: its commands run, with the simulator as IG demo.
import { expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { runGuide } from './guide.ts';
import { describeWith } from './requires.ts';
import { testApp } from './test-app.ts';
import { testBroker } from './test-broker.ts';

await describeWith('python', 'the commands of docs/connect-ig.md', () => {
  test('connect a demo login of two accounts, find the first well, show a live price, open a position and close it', async () => {
    const owner = { identifier: 'owner-demo', password: 'typed "once" & kept', apiKey: 'key-of-owner' };
    const feed = { identifier: 'feed-demo', password: 'password of feed', apiKey: 'key-of-feed' };
    await using ig = await testBroker({
      clock: systemClock,
      logins: [
        {
          ...owner,
          accountId: 'OWNER1',
          // As most logins have: from here on whatever deals must say which account is meant.
          otherAccounts: [
            {
              accountId: 'OWNER2',
              accountName: 'Bets',
              accountType: 'SPREADBET',
              currency: 'GBP',
              balance: '500.00',
            },
          ],
        },
        { ...feed, accountId: 'FEED1' },
      ],
    });
    await using app = await testApp({
      env: {
        IG_DEMO_BASE_URL: ig.login.baseUrl,
        IG_API_KEY: feed.apiKey,
        IG_IDENTIFIER: feed.identifier,
        IG_PASSWORD: feed.password,
      },
    });
    await app.settled(30_000);
    const printed = await runGuide('connect-ig.md', {
      url: app.url,
      env: { IG_KEY: owner.apiKey, IG_USER: owner.identifier, IG_PASS: owner.password },
    });
    const [, connected, tested, prices, opened, closed] = printed;
    expect(connected).toMatch(/"environment":"demo","feed":"demo","brokerAccountId":"OWNER1"/);
    expect(connected).toMatch(/"brokerAccountId":"OWNER2","type":"SPREADBET"/);
    expect(tested).toMatch(/"state":"up"/);
    expect(prices).toMatch(/"epic":"CS\.D\.EURUSD\.CFD\.IP","seq":/);
    expect(opened).toMatch(/"kind":"open","status":"accepted"/);
    expect(opened).toMatch(/"positions":\[\{/);
    expect(closed).toMatch(/"kind":"close","status":"accepted"/);
    for (const secret of Object.values(owner)) expect(printed.join()).not.toContain(secret);
  }, 120_000);
});
