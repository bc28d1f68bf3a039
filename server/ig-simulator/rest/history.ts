// Activity and transaction history: ranges, filters and pages over an account's decisions.
import type { DealingDesk } from '../dealing-desk.ts';
import { activityOf, decisionsOf, transactionsOf } from '../engine/history.ts';
import { accountOf } from '../engine/state.ts';
import type { Decision } from '../engine/types.ts';
import { IgError, type Endpoint } from '../rest.ts';

const pattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?$/;
const dayMs = 86_400_000;
const secondText = (ms: number) => new Date(ms).toISOString().slice(0, 19);
/** Start of a second, or of a day; `end`: the last ms of it. Account time is UTC. Throws 400 `error.malformed.date`. */
function instant(text: string, end = false): number {
  const found = pattern.exec(text);
  const ms = found ? Date.parse(found[1] ? `${text}Z` : `${text}T00:00:00Z`) : NaN;
  if (!found || Number.isNaN(ms) || !secondText(ms).startsWith(text)) throw new IgError(400, 'error.malformed.date');
  return ms + (end ? (found[1] ? 1_000 : dayMs) - 1 : 0);
}
function whole(text: string | null, preset: number, least: number, most: number, code: string): number {
  const value = text === null ? preset : /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) throw new IgError(400, code);
  return value;
}
const maxPage = 1_000_000;

const kinds: Record<string, readonly string[]> = { ALL: ['DEAL', 'DEPO', 'WITH'], ALL_DEAL: ['DEAL'], DEPOSIT: ['DEPO'], WITHDRAWAL: ['WITH'] };

export function historyEndpoints({ desk, nowMs }: { desk: DealingDesk; nowMs(): number }): Endpoint[] {
  /** Newest first, within [fromMs, toMs]. */
  function* between(accountId: string, fromMs: number, toMs: number): Generator<Decision> {
    if (fromMs > toMs) throw new IgError(400, 'error.request.invalid.date-range');
    const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
    for (const decision of decisionsOf(desk.state(), accountId)) {
      if (decision.at < from) return;
      if (decision.at <= to) yield decision;
    }
  }
  return [
    {
      method: 'GET', path: '/history/activity', versions: [3], kind: 'N', access: 'session',
      handle(call) {
        const { query } = call;
        const from = query.get('from');
        if (from === null) throw new IgError(400, 'error.request.invalid.date-range');
        if (query.has('filter')) throw new IgError(400, 'invalid.input'); // FIQL is not spoken here, and must not seem to be
        const to = query.get('to') ?? secondText(nowMs());
        const detailed = query.get('detailed') === 'true';
        const dealId = query.get('dealId');
        const pageSize = whole(query.get('pageSize'), 50, 10, 500, 'error.request.invalid.page-size');
        /** Ours: many activities may share the second that `to` can name. */
        const before = query.get('before');
        const activities: object[] = [];
        let last: Decision | undefined;
        let more = false;
        for (const decision of between(call.caller().accountId, instant(from), instant(to, true))) {
          if ((before !== null && decision.dealId >= before) || (dealId !== null && decision.dealId !== dealId)) continue;
          const activity = activityOf(decision, desk.market.instrument);
          if (!activity) continue;
          if ((more = activities.length === pageSize)) break;
          activities.push(detailed ? activity : { ...activity, details: null });
          last = decision;
        }
        const next = more && last && new URLSearchParams({ version: '3', from, to: last.at.slice(0, 19), detailed: String(detailed), ...(dealId !== null && { dealId }), pageSize: String(pageSize), before: last.dealId });
        return { body: { activities, metadata: { paging: { size: activities.length, next: next ? `/history/activity?${next}` : null } } } };
      },
    },
    {
      method: 'GET', path: '/history/transactions', versions: [2], kind: 'N', access: 'session',
      handle(call) {
        const { query } = call;
        const type = query.get('type') ?? 'ALL';
        const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
        if (!kind) throw new IgError(400, 'invalid.input');
        const pageSize = whole(query.get('pageSize'), 20, 0, maxPage, 'error.request.invalid.page-size');
        const pageNumber = whole(query.get('pageNumber'), 1, 1, maxPage, 'invalid.input');
        const span = whole(query.get('maxSpanSeconds'), 600, 1, 999_999_999, 'invalid.input');
        const [from, to] = [query.get('from'), query.get('to')];
        const toMs = to === null ? nowMs() : instant(to, true);
        const { accountId } = call.caller();
        const { currency } = accountOf(desk.state(), accountId);
        const all = [...between(accountId, from === null ? toMs - span * 1_000 : instant(from), toMs)]
          .flatMap((decision) => transactionsOf(decision, currency, desk.market.instrument)).filter(({ transactionType }) => kind.includes(transactionType));
        const transactions = pageSize === 0 ? all : all.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
        const totalPages = pageSize === 0 ? Math.min(1, all.length) : Math.ceil(all.length / pageSize);
        return { body: { transactions, metadata: { size: transactions.length, pageData: { pageSize, pageNumber, totalPages } } } };
      },
    },
  ];
}
