// The floor of the orders benchmark: what a deal cost when it was frozen, its statements bare and one bare round trip to the broker.
import type pg from 'pg';
import { epic, json, logins, restingLevel, soon } from './orders-protocol.ts';

export const dealNames = ['open', 'close', 'place'] as const;
export type DealName = (typeof dealNames)[number];

const words = (text: string) => text.split(' ');
/**
 * The transactions of a deal as they were on 2026-11-28, before they were made fewer: admission, acknowledgement, confirm. They are
 * frozen, so that a statement saved counts.
 */
const ofAnOpen = [
  words('begin select insert update insert insert commit'),
  words('begin select select update insert insert commit'),
  words('begin select insert select update select insert update insert insert insert insert commit'),
];
export const frozen: Record<DealName, string[][]> = {
  open: ofAnOpen,
  // Working orders came later: what an opening took then is what they may take.
  place: ofAnOpen,
  close: [
    words('begin select select select insert insert insert commit'),
    words('begin select select update insert insert commit'),
    words('begin select insert select update select insert insert insert insert select insert insert commit'),
  ],
};

/** Where the bare statements go. */
export async function prepareBareRows(client: pg.Client): Promise<void> {
  await client.query('create table bench_rows (id text primary key, data jsonb)');
  await client.query(`insert into bench_rows values ('the row', '{}')`);
}

/** Bare: the statements of an order's transactions, one after the other on one connection; `key` is new with each call. */
export async function bareTransactions(
  client: pg.Client,
  transactions: readonly string[][],
  key: string,
): Promise<void> {
  const row = JSON.stringify({ text: 'x'.repeat(600) });
  for (const [t, words] of transactions.entries()) {
    for (const [i, word] of words.entries()) {
      if (word === 'select')
        await client.query('select * from bench_rows where id = $1 for update', ['the row']);
      else if (word === 'insert')
        await client.query(
          'insert into bench_rows (id, data) values ($1, $2) on conflict do nothing returning id',
          [`${key}-${t}-${i}`, row],
        );
      else if (word === 'update')
        await client.query('update bench_rows set data = $2 where id = $1', ['the row', row]);
      else await client.query(word);
    }
  }
}

/** IG's own REST, as bare as can be: logged in once, kept-alive connections. */
export async function bareBroker(baseUrl: string) {
  const { apiKey, identifier, password } = logins.bare;
  const post = (where: string, version: string, body: object, headers: Record<string, string> = {}) =>
    fetch(baseUrl + where, {
      method: 'POST',
      headers: { ...json, 'X-IG-API-KEY': apiKey, Version: version, ...headers },
      body: JSON.stringify(body),
      ...soon(),
    });
  const { headers } = await post('/session', '2', { identifier, password });
  const tokens = { CST: headers.get('cst')!, 'X-SECURITY-TOKEN': headers.get('x-security-token')! };
  const order = {
    epic,
    expiry: '-',
    direction: 'BUY',
    size: 1,
    orderType: 'MARKET',
    currencyCode: 'USD',
    guaranteedStop: false,
  };
  const resting = {
    epic,
    expiry: '-',
    direction: 'BUY',
    size: 1,
    currencyCode: 'USD',
    guaranteedStop: false,
    level: Number(restingLevel),
    type: 'LIMIT',
    timeInForce: 'GOOD_TILL_CANCELLED',
  };
  return {
    open: async () =>
      void (await (await post('/positions/otc', '2', { ...order, forceOpen: true }, tokens)).json()),
    place: async () => void (await (await post('/workingorders/otc', '2', resting, tokens)).json()),
    /** Netted against the last one, so that positions do not pile up. */
    close: async () =>
      void (await (
        await post('/positions/otc', '2', { ...order, direction: 'SELL', forceOpen: false }, tokens)
      ).json()),
  };
}
