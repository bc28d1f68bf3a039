// The caller's API key: what it may use, and switching it off. Keys are switched on again from outside (access/logins.ts).
import type { AllowanceMeter } from '../access/allowances.ts';
import type { DealingDesk } from '../desk/dealing-desk.ts';
import type { ApiKey, Logins } from '../access/logins.ts';
import { endpoint, IgError, type Call, type Endpoint } from './endpoint.ts';
import { fields } from './body.ts';

const statuses: readonly ApiKey['status'][] = ['ENABLED', 'DISABLED', 'REVOKED'];

export function applicationEndpoints({
  logins,
  allowances,
  desk,
}: {
  logins: Logins;
  allowances: AllowanceMeter;
  desk: DealingDesk;
}): Endpoint[] {
  function application(call: Call) {
    const { login } = call.caller();
    const limits = allowances.limitsOf(login.apiKey);
    return {
      name: 'Simulated',
      apiKey: login.apiKey,
      status: logins.findKey(login.apiKey)!.status,
      allowanceApplicationOverall: limits.applicationOverall,
      allowanceAccountTrading: limits.accountTrading,
      allowanceAccountOverall: limits.accountOverall,
      allowanceAccountHistoricalData: limits.historicalPoints,
      concurrentSubscriptionsLimit: 40,
      allowEquities: true,
      allowQuoteOrders: false,
      createdDate: desk.account(login.accounts[0]!.accountId).createdAt.slice(0, 10),
    };
  }
  return [
    endpoint('GET /operations/application', [1], {}, (call) => ({ body: [application(call)] })),
    endpoint(
      'PUT /operations/application',
      [1],
      {
        example: {
          body: {
            apiKey: 'a'.repeat(40),
            status: 'ENABLED',
            allowanceAccountOverall: 1_000,
            allowanceAccountTrading: 1_000,
          },
        },
      },
      (call) => {
        const found = fields(call.body());
        const apiKey = found.required('apiKey', found.text('apiKey', /^[^]{1,350}$/));
        const status = found.required('status', found.choice('status', statuses));
        const limit = (name: string, most: number) => {
          const text = found.required(name, found.number(name));
          if (!/^\d+$/.test(text) || Number(text) > most) throw new IgError(400, `invalid.request.${name}`);
          return Number(text);
        };
        const accountOverall = limit('allowanceAccountOverall', allowances.limits.accountOverall);
        const accountTrading = limit('allowanceAccountTrading', allowances.limits.accountTrading);
        if (apiKey !== call.apiKey) throw new IgError(403, 'unauthorised.clientId.api-key.mismatch');
        allowances.limit(apiKey, { accountOverall, accountTrading });
        logins.findKey(apiKey)!.status = status;
        return { body: application(call) };
      },
    ),
    endpoint('PUT /operations/application/disable', [1], {}, (call) => {
      logins.findKey(call.apiKey)!.status = 'DISABLED';
      return { body: application(call) };
    }),
  ];
}
