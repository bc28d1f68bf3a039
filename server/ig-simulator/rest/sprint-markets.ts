// Sprint markets, which IG has closed to most accounts: nobody has any here, and none can be opened.
import { decimal } from '../../../shared/decimal.ts';
import { endpoint, IgError, type Endpoint } from './endpoint.ts';
import { directions, epicPattern, fields } from './body.ts';

const periods = ['ONE_MINUTE', 'TWO_MINUTES', 'FIVE_MINUTES', 'TWENTY_MINUTES', 'SIXTY_MINUTES'];

export const sprintMarketEndpoints = (): Endpoint[] => [
  endpoint('GET /positions/sprintmarkets', [1, 2], {}, () => ({ body: { sprintMarketPositions: [] } })),
  endpoint(
    'POST /positions/sprintmarkets',
    [1],
    {
      kind: 'T',
      example: {
        body: {
          dealReference: 'sprint',
          epic: 'CS.D.EURUSD.CFD.IP',
          direction: 'BUY',
          size: 10,
          expiryPeriod: 'FIVE_MINUTES',
        },
      },
    },
    (call) => {
      const found = fields(call.body());
      found.required('epic', found.text('epic', epicPattern));
      found.required('direction', found.choice('direction', directions));
      const size = found.required('size', found.number('size'));
      const expiryPeriod = found.required('expiryPeriod', found.text('expiryPeriod', /^[^]*$/));
      const failed = (why: string) => new IgError(400, `error.sprintmarket.create-position.${why}`);
      if (size === '' || decimal.compare(size, '0') <= 0) throw failed('order-size.invalid');
      if (!periods.includes(expiryPeriod)) throw failed('expiry.outside-valid-range');
      throw failed('failure');
    },
  ),
];
