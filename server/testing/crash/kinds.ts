// What the crash test asks of each kind of deal, in the process and over REST, and how the broker's own count of it is read.
import type { DealKindName } from '../../../shared/trading.ts';
import type { AccountSnapshot } from '../../ig-simulator/index.ts';
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
  /** The size of the position it needs, opened before; null: none. */
  needs: string | null;
  /** `dealId` is that position's. */
  ask(caller: Caller, dealId: string, intent: Intent): Promise<unknown>;
  rest(accountId: string, dealId: string): RestCall;
  /** How often the broker did it. */
  done(booked: AccountSnapshot, dealId: string): number;
  /** What more than it was asked for the broker's books show; null: nothing. */
  excess(booked: AccountSnapshot, dealId: string): string | null;
}

const closedBy = ({ closes }: AccountSnapshot, dealId: string) => closes[dealId];

/** A kind in shared/trading.ts without its row here does not compile. */
export const crashKinds: Record<DealKindName, CrashKind> = {
  open: {
    needs: null,
    ask: (caller, _dealId, intent) => caller.openPosition({ epic, direction: 'BUY', ...intent }),
    rest: (accountId) => ['POST', 'positions', { accountId, epic, direction: 'BUY', size: '1', waitMs: 0 }],
    done: ({ deals }) => Object.values(deals).reduce((sum, count) => sum + count, 0),
    excess: (booked) =>
      Object.keys(booked.closes).length > 0 ? `${Object.keys(booked.closes).join()} closed` : null,
  },
  close: {
    needs: '2',
    ask: (caller, dealId, intent) => caller.closePosition({ dealId, ...intent }),
    rest: (accountId, dealId) => ['DELETE', `positions/${dealId}?accountId=${accountId}&size=1&waitMs=0`],
    done: (booked, dealId) => closedBy(booked, dealId)?.count ?? 0,
    excess(booked, dealId) {
      const size = closedBy(booked, dealId)?.closedSize ?? '0';
      return Number(size) > 1 ? `${size} closed` : null;
    },
  },
};
export const kindNames = Object.keys(crashKinds) as DealKindName[];
