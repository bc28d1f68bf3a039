// docs/trading.md as its reader tries it: every command runs against the product, and does what the text says.
import { expect, test } from 'vitest';
import { runGuide } from './guide.ts';
import { describeWith } from './requires.ts';
import { testApp } from './test-app.ts';

await describeWith('python', 'the commands of docs/trading.md', () => {
  test('open, amend, close a part, net, set a target, place and move an order, flatten, and read it all back', async () => {
    await using app = await testApp();
    await app.settled(30_000);
    const [, opened, previewed, closing, orders, stopping, reading] = await runGuide('trading.md', {
      url: app.url,
    });
    expect(opened).toMatch(/"kind":"amend","status":"accepted".*"limitLevel":"1\.9"/);
    expect(previewed).toMatch(/"kind":"open","wouldBe":"sent".*"lossAtStop":"\d/);
    expect(previewed).toMatch(/"wouldBe":"denied","reason":\{"code":"size_above_position"/);
    expect(closing).toMatch(/"kind":"close","status":"accepted".*"action":"partially_closed"/);
    expect(closing).toMatch(/"kind":"net","status":"accepted".*"action":"closed"/);
    expect(closing).toMatch(/"netSize":"-2","status":"done"/);
    expect(orders).toMatch(/"kind":"amend_order","status":"accepted".*"orderLevel":"0\.91"/);
    expect(stopping).toMatch(/"dealingState":"reduce_only".*"reason":"the guide"/);
    expect(stopping).toMatch(/"kind":"flatten","status":"(done|running)"/);
    expect(reading).toMatch(/"type":"deal\.submitting".*"recovered":true/);
    expect(reading).toMatch(/"openBreaks":0/);
  }, 120_000);
});
