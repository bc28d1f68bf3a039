// All is well again with an account at the broker.
import { RestoredAccount } from '../../../../shared/accounts.ts';
import { notificationKind } from './kind.ts';

export const accountRestored = notificationKind({
  schema: RestoredAccount,
  severity: 'info',
  title: ({ name }) => `${name}: connected to the broker again`,
  body: () => 'Whatever happened meanwhile has been read from the broker or is being read.',
});
