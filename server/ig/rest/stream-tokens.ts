// What opens a login's stream, asked for by REST.
import { AppError } from '../../lib/app-error.ts';
import { outward, read } from './door.ts';
import type { Reader } from './reader.ts';
import { SessionV1 } from './schemas.ts';

/** What opens the stream: CST and X-SECURITY-TOKEN live for hours, OAuth tokens are not accepted there. */
export interface StreamTokens {
  endpoint: string;
  accountId: string;
  cst: string;
  securityToken: string;
}

/** GET /session?fetchSessionTokens=true v1. Throws broker.* AppErrors. */
export const fetchStreamTokens = (get: Reader['get']): Promise<StreamTokens> =>
  outward(
    get('/session?fetchSessionTokens=true', 1, { by: 'session' }).then((answer) => {
      const { headers, tokens } = answer;
      const [cst, securityToken] = [headers.get('CST'), headers.get('X-SECURITY-TOKEN')];
      if (!cst || !securityToken)
        throw new AppError('broker.unavailable', { detail: 'IG gave no stream tokens' });
      return {
        endpoint: read(SessionV1, answer).lightstreamerEndpoint,
        accountId: tokens.accountId,
        cst,
        securityToken,
      };
    }),
  );
