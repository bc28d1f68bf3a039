// What commands do to users, each change with its audit row. A server's own users are composed in auth.ts.
import { AdministrationError, createUserAdministration } from '../modules/auth/index.ts';
import type { Config } from '../config.ts';
import { composeCommandAudit } from './audit.ts';
import type { Ground } from './ground.ts';

/** What changes how somebody signs in reaches every running server of the installation, through its database. */
export function composeUserAdministration(ground: Ground, { production }: Pick<Config, 'production'>) {
  const administration = createUserAdministration({ ...ground, production });
  ground.lifecycle.onClose('users', () => administration.close());
  return {
    ...administration,
    audited: composeCommandAudit(ground, (error) => error instanceof AdministrationError),
  };
}
