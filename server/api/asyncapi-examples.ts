// An example of each message on the plain WebSockets, for the AsyncAPI document: plain JSON as it is on the wire. A test holds each against its schema.

const at = '2026-01-05T09:00:00.000Z';
const accountId = 'acct_01k9z7p5m8c2x4v6b8n0q2w4e6';
const environment = 'simulated';
const quote = { bid: '1.16720', offer: '1.16726' };

/** By message, what its data are: one of each kind that a client must tell apart. */
export const dataExamples: Readonly<
  Record<string, readonly { summary: string; data: unknown; eventId?: string }[]>
> = {
  prices: [
    {
      summary: 'one price that changed',
      data: [
        {
          feed: environment,
          epic: 'CS.D.EURUSD.CFD.IP',
          seq: 4294967297,
          ...quote,
          high: '1.16910',
          low: '1.16480',
          netChange: '0.00120',
          netChangePct: '0.10',
          marketState: 'tradeable',
          at,
          receivedAt: at,
          stale: false,
        },
      ],
    },
  ],
  candles: [
    {
      summary: 'a candle that is over',
      data: {
        feed: environment,
        epic: 'CS.D.EURUSD.CFD.IP',
        resolution: 'MINUTE',
        zone: 'UTC',
        startAt: '2026-01-05T08:59:00.000Z',
        endAt: at,
        open: quote,
        high: { bid: '1.16731', offer: '1.16737' },
        low: { bid: '1.16702', offer: '1.16708' },
        close: { bid: '1.16715', offer: '1.16721' },
        ticks: 57,
        complete: true,
        revision: 0,
      },
    },
  ],
  trading: [
    {
      summary: 'an event',
      eventId: '41',
      data: {
        id: '41',
        type: 'cash.changed',
        at,
        accountId,
        environment,
        data: { cash: '10012.50', previousCash: '10000.00', change: '12.5', currency: 'GBP' },
      },
    },
    {
      summary: 'no news: there is no event after 41',
      eventId: '41',
      data: { id: '41', type: 'heartbeat', at, head: '41' },
    },
    {
      summary: 'what came before is not told: read the lists now',
      eventId: '40',
      data: { id: '40', type: 'snapshot.needed', at, recovered: false },
    },
  ],
  account: [
    {
      summary: 'whole, without a position',
      data: {
        summary: {
          accountId,
          environment,
          currency: 'GBP',
          cash: '10000.00',
          runningProfit: '0',
          equity: '10000',
          margin: '0',
          available: '10000',
          at,
          asOf: at,
          stale: false,
        },
        positions: [],
      },
    },
  ],
  portfolio: [
    {
      summary: 'a portfolio of cash',
      data: {
        portfolioId: 'pf_01k9z7p5m8c2x4v6b8n0q2w4e6',
        baseCurrency: 'GBP',
        at,
        valueBase: '2500',
        cash: [{ currency: 'GBP', amount: '2500', amountBase: '2500' }],
        holdings: [],
        running: null,
        missing: [],
        stale: false,
      },
    },
  ],
  notifications: [
    {
      summary: 'a new notification',
      eventId: '7',
      data: {
        id: '7',
        type: 'notification.created',
        at,
        accountId,
        environment,
        data: {
          notification: {
            id: 'ntf_01k9z7p5m8c2x4v6b8n0q2w4e6',
            at,
            kind: 'deal.accepted',
            severity: 'info',
            title: 'Bought 1 EUR/USD',
            body: 'Your position is open at 1.16726.',
            accountId,
            environment,
            readAt: null,
            archivedAt: null,
          },
          unreadCount: 1,
        },
      },
    },
  ],
};

/** Of the messages that every channel has. */
export const controlExamples: Readonly<Record<string, object>> = {
  Authenticate: { type: 'authenticate', token: 'the accessToken of POST /api/auth/login' },
  Unsubscribe: { type: 'unsubscribe', id: 1 },
  Authenticated: { type: 'authenticated', at },
  Subscribed: { type: 'subscribed', id: 1, channel: 'prices' },
  Unsubscribed: { type: 'unsubscribed', id: 1 },
  Heartbeat: { type: 'heartbeat', at },
  Refused: {
    type: 'error',
    id: 1,
    error: {
      code: 'request.invalid',
      message: 'epics is required.',
      requestId: 'req_01k9z7p5m8c2x4v6b8n0q2w4e6',
      retryable: false,
      fields: { epics: 'is required' },
      docUrl: '/api/docs/errors#request.invalid',
    },
  },
};
