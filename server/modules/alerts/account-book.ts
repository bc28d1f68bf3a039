// The alerts of one account, by what each is compared with: a valuation looks at those only that it reaches. Pure; what becomes of them is the keeper's.
import type { Position } from '../../../shared/trading.ts';
import { valueOf } from './account-values.ts';
import { isLate, type Sight } from './gaps.ts';
import { createLevels, remove, type Levels, type Waiting } from './levels.ts';
import type { ValuedAccount } from './ports.ts';
import type { AccountAlert } from './rows.ts';
import { awaited, type Trigger } from './trigger.ts';

export interface FollowedAlert extends Waiting, AccountAlert {
  trigger: Trigger;
  sight: Sight;
  compared?: Compared;
}
/** What alerts are compared with: the margin level, or the profit of one position. */
export interface Compared {
  condition: AccountAlert['condition'];
  alerts: Set<FollowedAlert>;
  levels: Levels<FollowedAlert>;
  /** Those that have missed values, until the next one. */
  unseen: Set<FollowedAlert>;
  /** The position with which they were compared last, while that is all there is to say. */
  last?: Position | undefined;
}
/** An alert that a value has reached. */
interface Reached {
  alert: FollowedAlert;
  value: bigint;
  /** It may have been reached before: values were missed. */
  late: boolean;
}
export type AccountBook = ReturnType<typeof createAccountBook>;

export function createAccountBook() {
  const alerts = new Map<string, FollowedAlert>();
  const books = new Map<string, Compared>();

  function bookOf(condition: AccountAlert['condition']): Compared {
    const key = keyOf(condition);
    let book = books.get(key);
    if (!book)
      books.set(key, (book = { condition, alerts: new Set(), levels: createLevels(), unseen: new Set() }));
    return book;
  }
  function put(alert: FollowedAlert): void {
    remove(alert);
    alert.compared!.levels.put(alert, awaited(alert.trigger, alert));
    alert.compared!.last = undefined;
  }
  /** Those of it that a value reaches; until they are settled or dropped no other value does. */
  const reach = ({ levels }: Compared, value: bigint): readonly FollowedAlert[] => levels.reach(value);
  /** Gives those that have missed values for so long that this one tells them late. */
  function see({ unseen }: Compared, nowMs: number): Set<FollowedAlert> {
    const late = new Set<FollowedAlert>();
    for (const alert of unseen) {
      if (isLate(alert.sight, nowMs)) late.add(alert);
      alert.sight.saw(nowMs);
    }
    unseen.clear();
    return late;
  }
  function lose(compared: Compared, nowMs: number): void {
    compared.last = undefined;
    if (compared.unseen.size === compared.alerts.size) return;
    for (const alert of compared.alerts) {
      alert.sight.lost(nowMs);
      compared.unseen.add(alert);
    }
  }

  return {
    get size() {
      return alerts.size;
    },
    list: (): FollowedAlert[] => [...alerts.values()],
    has: (alert: FollowedAlert): boolean => alerts.get(alert.id) === alert,
    add(alert: FollowedAlert): void {
      const compared = bookOf(alert.condition);
      alert.compared = compared;
      alerts.set(alert.id, alert);
      compared.alerts.add(alert);
      compared.unseen.add(alert);
      put(alert);
    },
    drop(id: string): void {
      const alert = alerts.get(id);
      const { compared } = alert ?? {};
      if (!alert || !compared) return;
      alerts.delete(id);
      remove(alert);
      compared.unseen.delete(alert);
      compared.alerts.delete(alert);
      if (compared.alerts.size === 0) books.delete(keyOf(alert.condition));
    },
    /** Its course has changed: it waits for another value. */
    settle: put,
    reach,
    /** From now on values may be missing. */
    lose,
    loseAll: (nowMs: number): void => books.forEach((compared) => lose(compared, nowMs)),
    /** `gone`: what is not there to be compared with. The cost does not grow with the number of alerts that are not reached. */
    compare(account: ValuedAccount, nowMs: number): { reached: Reached[]; gone: Compared[] } {
      const [reached, gone]: [Reached[], Compared[]] = [[], []];
      for (const compared of books.values()) {
        const { condition, unseen } = compared;
        const position =
          condition.kind === 'position_profit' ? account.position(condition.dealId) : undefined;
        if (position && position === compared.last && unseen.size === 0) continue;
        const value = valueOf(condition, account);
        if (value === 'gone') gone.push(compared);
        else if (value === null) lose(compared, nowMs);
        else {
          const late = see(compared, nowMs);
          compared.last = position;
          for (const alert of reach(compared, value)) reached.push({ alert, value, late: late.has(alert) });
        }
      }
      return { reached, gone };
    },
  };
}

const keyOf = (condition: AccountAlert['condition']): string =>
  condition.kind === 'margin_level' ? condition.kind : `${condition.kind} ${condition.dealId}`;
