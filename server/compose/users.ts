// What commands do to users, each change with its audit row. A server's own users are composed in auth.ts.
import { createAuditModule } from '../modules/audit/index.ts';
import { AdministrationError, createUserAdministration } from '../modules/auth/index.ts';
import type { Config } from '../config.ts';
import type { Ground } from './ground.ts';

/** What changes how somebody signs in reaches every running server of the installation, through its database. */
export function composeUserAdministration(ground: Ground, { production }: Pick<Config, 'production'>) {
  const { lifecycle, ids, logger } = ground;
  const administration = createUserAdministration({ ...ground, production });
  lifecycle.onClose('users', () => administration.close());
  const { begin } = createAuditModule({ ...ground, logger });
  return {
    ...administration,
    /** Does `work` between the two halves of an audit row: nobody is signed in to a command, so it names only what was done to whom. */
    async audited<T>(action: string, subject: string, work: () => Promise<T>): Promise<T> {
      const requestId = ids.next('command');
      const close = await begin({ action, userId: null, sessionId: null, requestId, ip: null });
      try {
        const result = await work();
        await close('ok', { subject });
        return result;
      } catch (error) {
        await close(error instanceof AdministrationError ? 'request.invalid' : 'server.bug', { subject });
        throw error;
      }
    },
  };
}
