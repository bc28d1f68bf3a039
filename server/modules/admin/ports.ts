// What administration needs from outside, in its own words.
import type { AuditEntry, ListAudit } from '../../../shared/admin-audit.ts';
import type { AdminFeeds } from '../../../shared/admin-feeds.ts';
import type { DealingHalts } from '../../../shared/admin.ts';
import type { AdminUser, AdminUserDetail, ListUsers, UserChange } from '../../../shared/admin-users.ts';
import type { KeptJob, ListJobs, Schedule } from '../../../shared/admin-jobs.ts';
import type { Page } from '../../../shared/primitives.ts';
import type { SwitchPosition } from '../../../shared/risk.ts';
import type { Principal } from '../../trpc/context.ts';

/** Whom an administrator's switch is for. */
export type Whom = { scope: 'administrator'; userId: string } | { scope: 'everything' };
export interface Dealing {
  /** Holds from its commit on, before the next byte is sent, for accounts that are connected later too. */
  setDealingState(
    whom: Whom,
    set: { dealingState: SwitchPosition; by: 'administrator'; reason: string | null },
  ): Promise<void>;
  /** What administrators have set that is stricter than active, for everything first, then by user. */
  halts(): Promise<DealingHalts['halts']>;
}
export interface Users {
  exists(userId: string): Promise<boolean>;
  /**
   * Whether a login proved a short while ago who it is; an API key has nobody at hand who could, and passes. Throws
   * auth.step_up_required, auth.token_invalid.
   */
  requireFreshLogin(principal: Pick<Principal, 'sessionId'>): Promise<void>;
}
/** Users as those who sign in here; what a change ends, it ends in every process. All throw admin.user_not_found but `list`. */
export interface People {
  /** Newest first. Throws request.invalid for a cursor of another list. */
  list(asked: ListUsers): Promise<{ rows: AdminUser[]; nextCursor: string | null }>;
  get(id: string): Promise<AdminUser>;
  countApiKeys(id: string): Promise<number>;
  /** Throws admin.last_administrator. */
  setRole(id: string, isAdmin: boolean): Promise<UserChange>;
  /** Throws admin.own_account for `by`, admin.last_administrator. */
  disable(id: string, by: string): Promise<UserChange>;
  enable(id: string): Promise<UserChange>;
  revokeSessions(id: string, also: { apiKeys: boolean }): Promise<UserChange>;
}
export interface BackgroundJobs {
  /** Newest first. Throws request.invalid for a cursor of another list. */
  list(
    filter: Omit<ListJobs, keyof Page>,
    page: Page,
  ): Promise<{ rows: KeptJob[]; nextCursor: string | null }>;
  find(id: string): Promise<KeptJob | undefined>;
  /** Runs it once more. False where it has not failed, or somebody else was quicker. */
  retry(job: Pick<KeptJob, 'name' | 'id'>): Promise<boolean>;
  /** By name. */
  schedules(): Promise<Schedule[]>;
}
export interface AuditLog {
  /** Newest first. Throws request.invalid for a cursor of another list. */
  list(asked: ListAudit): Promise<{ rows: AuditEntry[]; nextCursor: string | null }>;
}
/** How what brings prices and news does. */
export interface Streams {
  parts(): Promise<Pick<AdminFeeds, 'database' | 'bus'>>;
  /** Every feed that this process has heard of. */
  feeds(): AdminFeeds['feeds'];
  accountCounts(): Promise<AdminFeeds['accountCounts']>;
  accounts(): Promise<AdminFeeds['accounts']>;
  leases(): Promise<AdminFeeds['leases']>;
}
export interface Accounts {
  /** What a user has connected, now or once, oldest first. */
  everOf(userId: string): Promise<AdminUserDetail['accounts']>;
}
