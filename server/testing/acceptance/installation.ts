// What the acceptance tests know of an installation under test: where it answers, who may deal there, and the simulator that is its IG.
import type { Database } from '../../db/client.ts';
import type { Account } from '../../../shared/accounts.ts';
import type { Caller } from '../kit.ts';
import type { IgLogin, SimulatorAdmin } from '../simulator-admin.ts';

export interface Installation extends AsyncDisposable {
  /** Of its API processes, one or more. */
  urls: readonly string[];
  simulator: SimulatorAdmin;
  /** Its tables, for what nobody may change by a call yet. */
  database: Database;
  /** The account that somebody new deals on there, in pounds, and the login at the broker behind it. */
  accountOf(newcomer: Caller, name: string): Promise<{ account: Account; login: IgLogin }>;
}
