// The mail that was not sent, of a server without SMTP: codes to sign in with are in it, so it is for programs and browsers of this machine.
import { Router, type Request } from 'express';
import { AppError } from '../lib/app-error.ts';
import { refuseMethod } from './answer.ts';
import { refuseBody } from './body.ts';

export interface MailboxDeps {
  /** Newest first; null where there is no mailbox, in production above all. */
  letters: () => readonly object[] | null;
  isOperator: (req: Request) => boolean;
}

export function createMailboxRouter({ letters, isOperator }: MailboxDeps): Router {
  const routes = Router();
  routes.use('/mailbox', (_req, _res, next) => (letters() ? next() : next('router')));
  routes
    .route('/mailbox')
    .get(refuseBody, (req, res) => {
      if (!isOperator(req))
        throw new AppError('auth.required', {
          message: 'The mailbox is for this machine: from elsewhere have mail sent, by SMTP_URL.',
        });
      res.set('Cache-Control', 'no-store').json({ letters: letters() });
    })
    .all(refuseMethod(['GET', 'HEAD', 'OPTIONS']));
  return routes;
}
