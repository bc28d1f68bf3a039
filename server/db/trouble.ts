// What a database that answers cannot do: a disk that is full, a server that takes no writes. Met by statements, told to who asks for readiness.
import type { Pool } from 'pg';
import type { Clock } from '../lib/clock.ts';

/** So long after a statement met it a trouble still counts: only the next statement of its kind would show that it is over. */
const countsForMs = 15_000;
const texts: Record<string, string> = {
  '53100': 'its disk is full',
  '53200': 'it is out of memory',
  '53300': 'it has no connections left',
  '25006': 'takes no writes (read-only)',
};
const textOf = (code: string): string | undefined =>
  texts[code] ?? (code.startsWith('53') ? `is short of resources (${code})` : undefined);

/** Watches what the pool's statements meet, and gives how to ask for it. */
export function watchTrouble(pool: Pool, clock: Clock): () => Promise<string | null> {
  let met: { text: string; atMs: number } | undefined;
  const meet = (code: string | undefined) => {
    const text = code && textOf(code);
    if (text) met = { text, atMs: clock.monotonicMs() };
  };
  // Each error that the server answers with, whoever asked: not only those that reach a caller of ours.
  pool.on('connect', (client) =>
    (client.connection as NodeJS.EventEmitter).on('errorMessage', ({ code }: { code?: string }) =>
      meet(code),
    ),
  );
  return async () => {
    const { rows } = await pool
      .query<{ isReadOnly: boolean }>(
        `select current_setting('transaction_read_only') = 'on' as "isReadOnly"`,
      )
      .catch((error: { code?: string }) => {
        const text = textOf(error.code ?? '');
        if (text === undefined) throw error;
        return { rows: [{ isReadOnly: false, text }] };
      });
    const [row] = rows as { isReadOnly: boolean; text?: string }[];
    if (row?.text) return row.text;
    if (row?.isReadOnly) return texts['25006']!;
    return met && clock.monotonicMs() - met.atMs < countsForMs ? met.text : null;
  };
}
