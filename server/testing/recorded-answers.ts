// Real answers as examples of the API document: recorded by the walk over REST where RECORD_ANSWERS=1 asks for it, with everything of one run in them replaced.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const file = fileURLToPath(new URL('../api/answers.json', import.meta.url));
/** Of each list so many rows are shown, and of a longer answer none that is longer than another. */
const [mostRows, mostCharacters] = [2, 4_000];

const [at, on] = ['2026-01-05T09:30:00.000Z', '2026-01-05'];
/** Texts by the name of their field: what would let somebody in, or is of the machine on which it was recorded. */
const byName: Readonly<Record<string, string>> = {
  accessToken: 'eyJhbGciOiJIUzI1NiJ9.…',
  refreshToken: 'the next refresh token',
  key: 'ft_…',
  keyPrefix: 'ft_01k9z7',
  secret: 'shown this once',
  uri: 'otpauth://totp/FTrader:ada%40example.com?secret=…&issuer=FTrader',
  nextCursor: 'bmV4dA',
  userAgent: 'Mozilla/5.0',
  network: '192.0.2.0/24',
  ip: '192.0.2.1',
  version: '0.1.0',
  holder: 'worker-1',
};
const id = /\b([a-z]{2,9})_[0-9a-hjkmnp-tv-z]{20,32}\b/g;
const brokersId = /\bDI[A-Z0-9]{8,}\b/g;
const reference = /\bFT-[0-9a-hjkmnp-tv-z]{26}\b/g;
const hex = /\b[0-9a-f]{32,}\b/g;
const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const instant = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** How much an example shows: its length, up to a bound; a deal that was accepted shows more than one that was not. */
function worthOf(answer: unknown): number {
  const length = JSON.stringify(answer ?? null).length;
  const { status } = (answer ?? {}) as { status?: unknown };
  return length > mostCharacters ? 0 : length + (status === 'accepted' ? mostCharacters : 0);
}

export function createAnswerRecorder(now: () => Date) {
  const answers: Record<string, Record<string, unknown>> = {};
  const known = new Map<string, string>();
  /** The same stand-in for the same id, in whichever answer. */
  const standIn = (found: string, make: (n: string) => string) => {
    const made = known.get(found) ?? make(String(known.size).padStart(3, '0'));
    known.set(found, made);
    return made;
  };
  const textOf = (text: string) => {
    const today = now().toISOString().slice(0, 10);
    return text
      .replaceAll(uuid, (found) => standIn(found, (n) => `0b6d8a52-1f6c-4f0e-9a57-6f1a3c1d2${n}`))
      .replaceAll(id, (found, kind: string) => standIn(found, (n) => `${kind}_01k9z7p5m8c2x4v6b8n0q2w${n}`))
      .replaceAll(brokersId, (found) => standIn(found, (n) => `DIAAAAB7C8D9${n}`))
      .replaceAll(reference, (found) => standIn(found, (n) => `FT-01k9z7p5m8c2x4v6b8n0q2w${n}`))
      .replaceAll(hex, (found) =>
        standIn(found, (n) => `${'3d0a2e9b'.repeat(7)}55434${n}`.slice(0, found.length)),
      )
      .replaceAll(instant, at)
      .replaceAll(today, on);
  };
  function shown(value: unknown, name = ''): unknown {
    if (name === 'demoLogin') return null; // that of a server in development
    if (typeof value === 'string') return byName[name] ?? textOf(value);
    if (Array.isArray(value) && name === 'recoveryCodes') return ['abcd-efgh-jkmn'];
    if (Array.isArray(value)) return value.slice(0, mostRows).map((each) => shown(each));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [textOf(key), shown(part, key)]));
  }
  return {
    /** Keeps the one that shows most of a procedure's answers with this status. */
    note(procedure: string, status: number, answer: unknown): void {
      const example = shown(answer);
      const before = answers[procedure]?.[status];
      const [worth, former] = [example, before].map(worthOf) as [number, number];
      if (before === undefined || worth > former) (answers[procedure] ??= {})[status] = example;
    },
    /** Writes what was noted, in the order of the names; nothing unless RECORD_ANSWERS=1. */
    async save(): Promise<void> {
      if (process.env['RECORD_ANSWERS'] !== '1') return;
      const sorted = Object.fromEntries(Object.entries(answers).sort(([a], [b]) => (a < b ? -1 : 1)));
      const style = await resolveConfig(file);
      writeFileSync(file, await format(JSON.stringify(sorted), { ...style, filepath: file }));
    },
  };
}
