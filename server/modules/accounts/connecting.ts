// Use cases that need the broker's word on credentials: connecting the accounts of a login, new credentials, and a look whether they still do.
import type { Attempts } from '../../db/attempts.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Sealer } from '../../lib/seal.ts';
import { brokerName } from '../../../shared/broker-words.ts';
import type { ConnectAccount, UpdateCredentials } from '../../../shared/accounts.ts';
import { Environment } from '../../../shared/primitives.ts';
import { openCredentials } from './credentials.ts';
import type { AccountHealthReports } from './health.ts';
import type { Join, JoinedRows, JoiningAccount } from './joining.ts';
import type {
  BrokerCredentials,
  BrokerDoor,
  BrokerVisit,
  LoginAccount,
  NewSimulatedLogin,
  SimulatedBroker,
} from './ports.ts';
import { simulatedNames, simulatedStart } from './simulated.ts';
import type { AccountRow } from './store.ts';
import { toBrokerAccount, type FeedOf } from './views.ts';

export interface ConnectingDeps {
  join: Join;
  door: BrokerDoor;
  /** Null where no simulator runs. */
  simulator: SimulatedBroker | null;
  sealer: Sealer;
  health: AccountHealthReports;
  feedOf: FeedOf;
  /** Of log-ins with credentials that may be wrong, by user. */
  attempts: Pick<Attempts, 'count' | 'takeBack'>;
  /** Tells every process that the row of an account is new or changed. */
  announce: (accountId: string) => void;
}

export function createConnecting({
  join,
  door,
  simulator,
  sealer,
  health,
  feedOf,
  attempts,
  announce,
}: ConnectingDeps) {
  /** The accounts that deal. Throws accounts.nothing_to_deal. */
  function dealing(accounts: readonly LoginAccount[]): JoiningAccount[] {
    const found = accounts.filter(
      (account): account is JoiningAccount => account.enabled && account.type !== 'PHYSICAL',
    );
    if (found.length === 0) throw new AppError('accounts.nothing_to_deal');
    return found.sort((a, b) => Number(b.preferred) - Number(a.preferred));
  }
  /** What happens once rows have credentials that were just used: the session is kept, health is well, everybody looks at what changed. */
  async function settled({ rows, changed }: JoinedRows, visit: BrokerVisit | null): Promise<AccountRow[]> {
    const [first] = rows;
    if (first && visit) await visit.keepFor(toBrokerAccount(first, feedOf));
    // Before what may fail: the commit stands, and the others must hear of it.
    for (const id of changed) announce(id);
    if (visit) for (const { id } of rows) await health.report(id, { state: 'up' }, 'login');
    return rows;
  }
  async function visit(userId: string, environment: Environment, credentials: BrokerCredentials) {
    if (!door.reaches(environment))
      throw noSuchBroker(`this server reaches no broker for ${environment} accounts`);
    // Counted before, so that those tried at once count too.
    await attempts.count(userId);
    const visited = door.visit(environment, credentials);
    const isRefused = await visited.then(
      () => false,
      (error: unknown) => error instanceof AppError && error.code === 'broker.login_failed',
    );
    if (!isRefused) await attempts.takeBack(userId);
    return visited;
  }

  /**
   * The account that this server's simulator keeps for a user. The login's names and password follow from the user and the simulator
   * repeats its answer, so dying between that answer and our row costs nothing, and of two processes at once one writes the row.
   * `only_first`: nobody has asked for it, so one that its user has left meanwhile stays left.
   */
  async function connectSimulated(
    userId: string,
    simulated: SimulatedBroker,
    mayConnect: 'any' | 'only_first',
  ): Promise<AccountRow[]> {
    const wanted: NewSimulatedLogin = { ...simulatedNames(userId), ...simulatedStart };
    const { accountId, ...credentials } = await simulated.createLogin(wanted);
    const joined = await join({ userId, environment: 'simulated', credentials, mayConnect }, [
      {
        brokerAccountId: accountId,
        name: 'Simulated',
        type: 'CFD',
        currency: simulatedStart.currency,
        enabled: true,
        preferred: true,
        cash: simulatedStart.cash,
      },
    ]);
    return settled(joined, null);
  }

  return {
    connectSimulated,
    /**
     * Logs in and makes every account of the login that deals in CFDs or spread bets the user's; one that is theirs already takes the
     * credentials. Throws request.invalid, request.limited, broker.*, accounts.nothing_to_deal, accounts.taken.
     */
    async connect(
      userId: string,
      { environment, apiKey, identifier, password }: ConnectAccount,
    ): Promise<AccountRow[]> {
      if (apiKey === undefined || identifier === undefined || password === undefined) {
        if (simulator) return connectSimulated(userId, simulator, 'any');
        throw noSuchBroker('this server runs no simulator that could give you an account');
      }
      const credentials = { apiKey, identifier, password };
      const visited = await visit(userId, environment, credentials);
      return settled(
        await join({ userId, environment, credentials, mayConnect: 'any' }, dealing(visited.accounts)),
        visited,
      );
    },
    /**
     * A password or key that was changed at the broker, for every account of the user with the same login. Nothing is kept that does
     * not log in, and nothing is connected that was disconnected meanwhile. `others` are the user's connected accounts. Throws
     * request.invalid, request.limited, broker.*, accounts.other_login, accounts.disconnected.
     */
    async updateCredentials(
      row: AccountRow,
      others: readonly AccountRow[],
      { apiKey, identifier, password }: Omit<UpdateCredentials, 'id'>,
    ): Promise<AccountRow[]> {
      const environment = Environment.parse(row.environment);
      // All three mend an account whose stored ones no longer open.
      const given = apiKey !== undefined && identifier !== undefined && password !== undefined;
      const credentials = given
        ? { apiKey, identifier, password }
        : changedIn(openCredentials(sealer, row), { apiKey, identifier, password });
      const visited = await visit(row.userId, environment, credentials);
      const ofLogin = new Set(visited.accounts.map(({ brokerAccountId }) => brokerAccountId));
      if (!ofLogin.has(row.brokerAccountId))
        throw new AppError('accounts.other_login', {
          message: `${brokerName(environment)} lets this login in, but it does not have the account ${row.brokerAccountId}: connect it with POST /api/accounts (accounts.connect) instead.`,
        });
      const affected = others.filter(
        (other) => other.environment === environment && ofLogin.has(other.brokerAccountId),
      );
      const byId = new Map(affected.map((each) => [each.brokerAccountId, each]));
      const joined = await join(
        { userId: row.userId, environment, credentials, mayConnect: 'none' },
        visited.accounts.filter(
          (account): account is JoiningAccount =>
            account.type !== 'PHYSICAL' && byId.has(account.brokerAccountId),
        ),
      );
      return settled(joined, visited);
    },
    /** Asks the broker for the account now, logging in where needed; what came of it is its health. Throws nothing of the broker's. */
    async test(row: AccountRow): Promise<void> {
      const account = toBrokerAccount(row, feedOf);
      try {
        await door.look(account);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        return health.reportFailure(row.id, error);
      }
      await health.report(row.id, { state: 'up' }, 'look');
    },
  };
}

const changedIn = (
  before: BrokerCredentials,
  { apiKey, identifier, password }: Partial<Record<keyof BrokerCredentials, string | undefined>>,
): BrokerCredentials => ({
  apiKey: apiKey ?? before.apiKey,
  identifier: identifier ?? before.identifier,
  password: password ?? before.password,
});

const noSuchBroker = (problem: string) =>
  new AppError('request.invalid', { fields: { environment: problem } });
