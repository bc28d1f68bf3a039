// Ids and logs: sortable, unique, and secrets cut.
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { createIds } from './ids.ts';
import { createLogger } from './logger.ts';

test('ids carry their prefix, sort by creation and do not repeat', () => {
  const clock = createManualClock();
  const ids = createIds(clock);
  const made = Array.from({ length: 200 }, () => {
    clock.advance(1);
    return ids.next('user');
  });
  expect(made.every((id) => /^user_[0-9a-hjkmnp-tv-z]{26}$/.test(id))).toBe(true);
  expect(made.toSorted()).toEqual(made);
  expect(new Set([...made, ...Array.from({ length: 200 }, () => ids.next('user'))]).size).toBe(400);
  expect(ids.secret()).toMatch(/^[\w-]{43}$/);
});

test('a log line never holds a password or token, in JSON or pretty form', () => {
  for (const pretty of [true, false]) {
    let written = '';
    const destination = new Writable({
      write: (chunk, _encoding, done) => {
        written += String(chunk);
        done();
      },
    });
    const logger = createLogger({ level: 'info', pretty, destination });
    logger.info(
      {
        part: 'auth',
        password: 'canary-1',
        login: { token: 'canary-2', email: 'a@b.c' },
        request: { headers: { authorization: 'canary-3' } },
      },
      'signed in',
    );
    const failed = Object.assign(
      new Error('Failed query: insert into users\nparams: canary-4,x\ncanary-5\u0000'),
      { params: ['canary-6'], detail: 'Failing row contains (canary-7)' },
    );
    logger.error({ err: new Error('outer', { cause: failed }) }, 'a query failed');
    logger.error({ err: failed, detail: failed.message }, 'a query failed \u001b[2J');
    expect(written).toContain('Failed query: insert into users');
    expect(written).toContain('signed in');
    expect(written).toContain('a@b.c');
    expect(written).not.toContain('canary');
    expect([...written].filter((char) => char < ' ' && char !== '\n')).toEqual([]);
  }
});
