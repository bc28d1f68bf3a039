// IG's answers about a session as far as they are used, after json.ts: numbers are text. Unknown fields are dropped.
import { z } from 'zod';

/** POST /session/refresh-token v1 (flat), and `oauthToken` of POST /session v3. `expires_in` is seconds as a string. */
export const OAuthTokens = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  expires_in: z.string().regex(/^\d+$/),
});
export type OAuthTokens = z.infer<typeof OAuthTokens>;

/** POST /session v3. `timezoneOffset` is whole hours. */
export const SessionV3 = z.object({
  accountId: z.string(),
  lightstreamerEndpoint: z.string(),
  timezoneOffset: z.string().nullish(),
  oauthToken: OAuthTokens,
});
/** GET /session v1. */
export const SessionV1 = z.object({ accountId: z.string(), lightstreamerEndpoint: z.string() });

const figure = z.string().nullish().catch(null);
/** GET /operations/application v1: the keys of the login. Figures that are odd or left out are not told. */
export const Applications = z.array(
  z.object({
    apiKey: z.string(),
    status: figure,
    allowanceAccountOverall: figure,
    allowanceAccountTrading: figure,
    allowanceApplicationOverall: figure,
    allowanceAccountHistoricalData: figure,
    concurrentSubscriptionsLimit: figure,
  }),
);
