// Activity history, versions 1 to 3: which of an account's deals are listed, and in pages of what kind.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import { activityOf, oldActivityOf, type Activity } from '../engine/activity.ts';
import type { Decision } from '../engine/decisions.ts';
import { endpoint, IgError, type Endpoint } from './endpoint.ts';
import { dealIdPattern, fields } from './body.ts';
import { parseFilter } from './filter.ts';
import { decisionsIn, instant, pageOf, pathRange, rangeOf, secondText, whole } from './range.ts';

/** What a filter may ask for. */
const filterPaths: ReadonlySet<string> = new Set([
  ...['date', 'epic', 'period', 'dealId', 'channel', 'type', 'status', 'description'],
  ...[
    'dealReference',
    'actions.actionType',
    'actions.affectedDealId',
    'marketName',
    'goodTillDate',
    'currency',
    'size',
    'direction',
    'level',
    'stopLevel',
    'stopDistance',
    'guaranteedStop',
    'trailingStopDistance',
    'trailingStep',
    'limitLevel',
    'limitDistance',
  ].map((name) => `details.${name}`),
]);
function filterOf(text: string | null): (activity: Activity) => boolean {
  if (text === null) return () => true;
  try {
    return parseFilter(text, filterPaths);
  } catch {
    throw new IgError(400, 'invalid.input');
  }
}

export function activityEndpoints({ desk, nowMs }: { desk: DealingDesk; nowMs(): number }): Endpoint[] {
  const listed = (decisions: Iterable<Decision>) =>
    [...decisions].flatMap((decision) => activityOf(decision, desk.market.instrument) ?? []);
  return [
    endpoint('GET /history/activity', [3], {}, (call) => {
      const { query } = call;
      const from = query.get('from');
      if (from === null) throw new IgError(400, 'error.request.invalid.date-range');
      const to = query.get('to') ?? secondText(nowMs());
      const detailed = query.get('detailed') === 'true';
      const dealId = fields(Object.fromEntries(query)).text('dealId', dealIdPattern);
      const filter = query.get('filter');
      const wanted = filterOf(filter);
      const pageSize = whole(query.get('pageSize'), 50, 10, 500, 'error.request.invalid.page-size');
      const activities: object[] = [];
      let second = '';
      let more = false;
      for (const decision of decisionsIn(desk, call.caller().accountId, [instant(from), instant(to, true)])) {
        if (dealId !== undefined && decision.dealId !== dealId) continue;
        const activity = activityOf(decision, desk.market.instrument);
        if (!activity || !wanted(activity)) continue;
        // A page has the whole of its last second, be it longer for it: `to` can name nothing less, and trading-ig keeps `from` and `to` of `next` alone.
        if ((more = activities.length >= pageSize && activity.date !== second)) break;
        activities.push(detailed ? activity : { ...activity, details: null });
        second = activity.date;
      }
      // A dealId names one activity, so it never has a next page.
      const next =
        more &&
        new URLSearchParams({
          version: '3',
          from,
          to: secondText(Date.parse(`${second}Z`) - 1_000),
          detailed: String(detailed),
          ...(filter !== null && { filter }),
          pageSize: String(pageSize),
        });
      return {
        body: {
          activities,
          metadata: {
            paging: { size: activities.length, next: next ? `/history/activity?${next}` : null },
          },
        },
      };
    }),
    endpoint('GET /history/activity', [2], {}, (call) => {
      const { page, metadata } = pageOf(
        listed(decisionsIn(desk, call.caller().accountId, rangeOf(call.query, nowMs()))),
        call.query,
      );
      return {
        body: {
          activities: page.map((activity) => {
            const { time: _, ...row } = oldActivityOf(activity);
            return { ...row, date: activity.date };
          }),
          metadata,
        },
      };
    }),
    ...['/history/activity/:lastPeriod', '/history/activity/:fromDate/:toDate'].map((path): Endpoint =>
      endpoint(`GET ${path}`, [1], {}, (call) => ({
        body: {
          activities: listed(decisionsIn(desk, call.caller().accountId, pathRange(call.params, nowMs()))).map(
            oldActivityOf,
          ),
        },
      })),
    ),
  ];
}
