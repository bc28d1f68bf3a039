// What the crash test asks of each kind of deal, in the process and over REST, and how the broker's own count of it is read.
import type { DealKindName } from '../../../shared/trading.ts';
import type { AccountSnapshot, FaultSetting } from '../../ig-simulator/index.ts';
import type { CrashWorld } from './world.ts';

export const epic = 'CS.D.EURUSD.MINI.IP';
type Caller = ReturnType<ReturnType<CrashWorld['startProcess']>['as']>;
/** The intent in question: one contract, once. */
interface Intent {
  idempotencyKey: string;
  waitMs: number;
  size: string;
}
/** A REST call of trading's: method, path below `/api/trading/`, body. */
type RestCall = [method: string, path: string, body?: object];

interface CrashKind {
  /** What it is asked for, there before; null: nothing. */
  needs: 'position' | 'order' | null;
  /** `dealId` is that one's. */
  ask(caller: Caller, dealId: string, intent: Intent): Promise<unknown>;
  rest(accountId: string, dealId: string): RestCall;
  /** How often the broker did it. */
  done(booked: AccountSnapshot, dealId: string): number;
  /** What more than it was asked for the broker's books show; null: nothing. */
  excess(booked: AccountSnapshot, dealId: string): string | null;
  /** What the broker's faults call it. */
  target: NonNullable<FaultSetting['on']>[number];
}

const closedBy = ({ closes }: AccountSnapshot, dealId: string) => closes[dealId];

const opened = ({ deals }: AccountSnapshot) => Object.values(deals).reduce((sum, count) => sum + count, 0);
/** A change of one thing closes nothing, and opens or places nothing more than what it needed. */
const nothingElse = ({ closes, deals, placed }: AccountSnapshot) => {
  const others = Object.keys(deals).length + Object.keys(placed).length - 1;
  if (Object.keys(closes).length > 0) return `${Object.keys(closes).join()} closed`;
  return others > 0 ? `${others} more opened or placed` : null;
};
/** Neither a limit nor an order's level is reached by a price of the test. */
const [farLimit, orderLevel, otherLevel] = ['1.5', '0.9', '0.91'];
const restingOrder = { epic, direction: 'BUY', type: 'limit', size: '2', level: orderLevel } as const;

/** What is there before the intent in question: asked for in the process, and over REST. */
export const neededFirst: Record<
  NonNullable<CrashKind['needs']>,
  { ask(caller: Caller, keys: Omit<Intent, 'size'>): Promise<unknown>; rest: [path: string, body: object] }
> = {
  position: {
    ask: (caller, keys) => caller.openPosition({ epic, direction: 'BUY', size: '2', ...keys }),
    rest: ['positions', { epic, direction: 'BUY', size: '2' }],
  },
  order: {
    ask: (caller, keys) => caller.placeOrder({ ...restingOrder, ...keys }),
    rest: ['orders', restingOrder],
  },
};

/** A kind in shared/trading.ts without its row here does not compile. */
export const crashKinds: Record<DealKindName, CrashKind> = {
  open: {
    needs: null,
    target: 'open',
    ask: (caller, _dealId, intent) => caller.openPosition({ epic, direction: 'BUY', ...intent }),
    rest: (accountId) => ['POST', 'positions', { accountId, epic, direction: 'BUY', size: '1', waitMs: 0 }],
    done: opened,
    excess: (booked) =>
      Object.keys(booked.closes).length > 0 ? `${Object.keys(booked.closes).join()} closed` : null,
  },
  net: {
    needs: 'position',
    target: 'open',
    ask: (caller, _dealId, intent) =>
      caller.openPosition({ epic, direction: 'SELL', forceOpen: false, ...intent }),
    rest: (accountId) => [
      'POST',
      'positions',
      { accountId, epic, direction: 'SELL', size: '1', forceOpen: false, waitMs: 0 },
    ],
    done: (booked, dealId) => closedBy(booked, dealId)?.count ?? 0,
    excess(booked, dealId) {
      const size = closedBy(booked, dealId)?.closedSize ?? '0';
      if (opened(booked) > 1) return 'a position opened';
      return Number(size) > 1 ? `${size} closed` : null;
    },
  },
  close: {
    needs: 'position',
    target: 'close',
    ask: (caller, dealId, intent) => caller.closePosition({ dealId, ...intent }),
    rest: (accountId, dealId) => ['DELETE', `positions/${dealId}?accountId=${accountId}&size=1&waitMs=0`],
    done: (booked, dealId) => closedBy(booked, dealId)?.count ?? 0,
    excess(booked, dealId) {
      const size = closedBy(booked, dealId)?.closedSize ?? '0';
      return Number(size) > 1 ? `${size} closed` : null;
    },
  },
  amend: {
    needs: 'position',
    target: 'amend',
    ask: (caller, dealId, { idempotencyKey, waitMs }) =>
      caller.amendPosition({ dealId, limitLevel: farLimit, idempotencyKey, waitMs }),
    rest: (accountId, dealId) => [
      'PATCH',
      `positions/${dealId}`,
      { accountId, limitLevel: farLimit, waitMs: 0 },
    ],
    done: ({ amends }, dealId) => amends[dealId] ?? 0,
    excess: nothingElse,
  },
  place_order: {
    needs: null,
    target: 'order',
    ask: (caller, _dealId, intent) => caller.placeOrder({ ...restingOrder, ...intent }),
    rest: (accountId) => ['POST', 'orders', { accountId, ...restingOrder, size: '1', waitMs: 0 }],
    done: ({ placed }) => Object.values(placed).reduce((sum, count) => sum + count, 0),
    excess: ({ deals }) => (Object.keys(deals).length > 0 ? 'a position opened' : null),
  },
  amend_order: {
    needs: 'order',
    target: 'amend',
    ask: (caller, dealId, { idempotencyKey, waitMs }) =>
      caller.amendOrder({ dealId, level: otherLevel, idempotencyKey, waitMs }),
    rest: (accountId, dealId) => ['PATCH', `orders/${dealId}`, { accountId, level: otherLevel, waitMs: 0 }],
    done: ({ amends }, dealId) => amends[dealId] ?? 0,
    excess: nothingElse,
  },
  cancel_order: {
    needs: 'order',
    target: 'cancel',
    ask: (caller, dealId, { idempotencyKey, waitMs }) =>
      caller.cancelOrder({ dealId, idempotencyKey, waitMs }),
    rest: (accountId, dealId) => ['DELETE', `orders/${dealId}?accountId=${accountId}&waitMs=0`],
    done: ({ cancels }, dealId) => cancels[dealId] ?? 0,
    excess: nothingElse,
  },
};
export const kindNames = Object.keys(crashKinds) as DealKindName[];
