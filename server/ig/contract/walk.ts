// A walk over every endpoint and stream item of IG that FTrader uses: one position of the smallest size is opened, changed and closed, and one order placed far from the market, changed and taken away. What was answered is noted without its values.
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { within } from '../../lib/within.ts';
import type { BrokerCredentials } from '../../modules/accounts/ports.ts';
import { accountFields, tradeFields } from '../accounts/translate.ts';
import { priceFields } from '../prices/translate.ts';
import type { LoadSdk, SdkUpdate } from '../stream/sdk.ts';
import { createStreamSession, type StreamConnection } from '../stream/session.ts';
import { shapeOf, streamKind, type Observed, type Shape } from './shapes.ts';

const requestTimeoutMs = 10_000;
const streamTimeoutMs = 20_000;
/** A confirm may take its time; this often it is asked for again. */
const confirmTries = 5;
const confirmPauseMs = 500;
/** Nobody's, so that IG's answer to what is not there is seen. */
const noEpic = 'CS.D.NOSUCHMARKET.CFD.IP';
const noDeal = 'DIAAAANOSUCHDEAL';
const noReference = 'ftr_no_such_reference';

interface Walk {
  baseUrl: string;
  credentials: BrokerCredentials;
  accountId: string;
  /** The market that is dealt in. */
  epic: string;
  /** Between two requests: an allowance of ten a minute is soon spent. */
  paceMs: number;
  /** Unique to this walk: IG never takes one twice. The order's has one letter more. */
  dealReference: string;
  clock: Clock;
  logger: Logger;
  loadSdk: LoadSdk;
  onStep?: (step: string) => void;
}
interface Call {
  method?: 'GET' | 'POST' | 'PUT';
  path: string;
  version: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Noted when they are there. */
  wants?: string[];
  /** Replaces the path in reports, which must name nothing of the account's. */
  as?: string;
}

export interface Walked {
  observed: Observed[];
  /** The position that was opened may still be open: its owner is to close it by hand. */
  leftOpen: boolean;
}

/** All that was observed, also where it ended early. A position that was opened is closed whatever happens after. */
export async function walkContract(walk: Walk): Promise<Walked> {
  let leftOpen = false;
  const observed: Observed[] = [];
  const { credentials, epic, clock } = walk;
  const note = (each: Observed) => void observed.push(each);

  async function ask(
    step: string,
    { method = 'GET', path, version, headers = {}, body, wants = [], as = path }: Call,
  ): Promise<any> {
    walk.onStep?.(step);
    if (observed.length > 0) await pause(clock, walk.paceMs);
    const verb = headers['_method'] ?? method;
    const call = `${verb} ${as.split('?')[0]} v${version}`;
    try {
      const { response, text } = await within(clock, requestTimeoutMs, async (signal) => {
        const answer = await fetch(walk.baseUrl + path, {
          method,
          signal,
          redirect: 'error',
          headers: {
            Accept: 'application/json; charset=UTF-8',
            'X-IG-API-KEY': credentials.apiKey,
            Version: String(version),
            ...(body !== undefined && { 'Content-Type': 'application/json; charset=UTF-8' }),
            ...headers,
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        return { response: answer, text: await answer.text() };
      });
      const json = parse(text);
      note({
        step,
        call,
        status: response.status,
        code: errorCodeOf(json),
        headers: wants.filter((name) => response.headers.has(name)),
        shape: shapeOf(json),
      });
      return response.ok ? { ...json, headers: response.headers } : undefined;
    } catch {
      note({ step, call, status: null, code: null, headers: [], shape: {} });
      return undefined;
    }
  }

  const { identifier, password } = credentials;
  const login = await ask('log in', {
    method: 'POST',
    path: '/session',
    version: 3,
    body: { identifier, password },
  });
  if (!login?.oauthToken?.access_token) return { observed, leftOpen };
  const fresh = await ask('refresh the tokens', {
    method: 'POST',
    path: '/session/refresh-token',
    version: 1,
    body: { refresh_token: login.oauthToken.refresh_token },
  });
  const token: string = fresh?.access_token ?? login.oauthToken.access_token;
  const headers = { Authorization: `Bearer ${token}`, 'IG-ACCOUNT-ID': walk.accountId };
  const get = (step: string, path: string, version: number, more: Partial<Call> = {}) =>
    ask(step, { path, version, headers, ...more });
  const post = (step: string, version: number, body: object, more: Record<string, string> = {}) =>
    ask(step, { method: 'POST', path: '/positions/otc', version, headers: { ...headers, ...more }, body });
  const put = (step: string, path: string, body: object, as: string) =>
    ask(step, { method: 'PUT', path, version: 2, headers, body, as });

  const tokens = await get('ask for stream tokens', '/session?fetchSessionTokens=true', 1, {
    wants: ['CST', 'X-SECURITY-TOKEN'],
  });
  await ask('send a token that is none', {
    path: '/accounts',
    version: 1,
    headers: { ...headers, Authorization: 'Bearer none' },
  });
  await get('list the accounts', '/accounts', 1, { wants: ['Date'] });
  await get('show the API key', '/operations/application', 1);
  await ask('log in the second way', {
    method: 'POST',
    path: '/session',
    version: 2,
    body: { identifier, password },
    wants: ['CST', 'X-SECURITY-TOKEN'],
  });
  await get('search markets', '/markets?searchTerm=EUR%2FUSD', 1);
  const details = await get('show a market', `/markets?filter=ALL&epics=${epic}`, 2);
  await get('show a market’s prices', `/markets?filter=SNAPSHOT_ONLY&epics=${epic}`, 2);
  await get('show a market that is none', `/markets?filter=ALL&epics=${noEpic}`, 2);
  // Each costs a point of the week's price history.
  await get(
    'read one price of the past',
    `/prices/${epic}?resolution=MINUTE&from=${dayOf(clock)}&to=${nowOf(clock)}&pageSize=1&pageNumber=1`,
    3,
    { as: '/prices/{epic}' },
  );
  const categories = await get('list the categories', '/categories', 1);
  const category = categories?.categories?.[0]?.code;
  if (category)
    await get(
      'list a category',
      `/categories/${encodeURIComponent(category)}/instruments?pageNumber=0&pageSize=20`,
      1,
      {
        as: '/categories/{id}/instruments',
      },
    );
  const marketId: unknown = details?.marketDetails?.[0]?.instrument?.marketId;
  if (typeof marketId === 'string')
    await get(
      'ask how clients are positioned',
      `/clientsentiment?marketIds=${encodeURIComponent(marketId)}`,
      1,
    );
  const lists = await get('list the watchlists', '/watchlists', 1);
  const list: unknown = lists?.watchlists?.[0]?.id;
  if (typeof list === 'string')
    await get('show a watchlist', `/watchlists/${encodeURIComponent(list)}`, 1, { as: '/watchlists/{id}' });
  await get('ask for a confirm that is none', `/confirms/${noReference}`, 1, {
    as: '/confirms/{dealReference}',
  });
  const remove = { _method: 'DELETE' };
  await post(
    'close a position that is none',
    1,
    { dealId: noDeal, direction: 'SELL', size: 1, orderType: 'MARKET' },
    remove,
  );

  const [market] = details?.marketDetails ?? [];
  const size: unknown = market?.dealingRules?.minDealSize?.value;
  const stream =
    tokens?.headers.get('CST') &&
    tokens.headers.get('X-SECURITY-TOKEN') &&
    observeStreams(walk, {
      endpoint: tokens.lightstreamerEndpoint,
      cst: tokens.headers.get('CST') ?? '',
      securityToken: tokens.headers.get('X-SECURITY-TOKEN') ?? '',
    });
  await stream?.ready;
  try {
    if (typeof size === 'number') {
      await dealOnce(size);
      await orderOnce(size);
    } else {
      await get('list no positions', '/positions', 2);
      await get('list no orders', '/workingorders', 2);
    }
  } finally {
    for (const each of (await stream?.close()) ?? []) note(each);
  }
  await get('list what was booked', `/history/transactions?type=ALL&from=${dayOf(clock)}&pageSize=10`, 2);
  await get('list what happened', `/history/activity?from=${dayOf(clock)}&detailed=true&pageSize=10`, 3);
  return { observed, leftOpen };

  async function confirm(step: string, reference: unknown) {
    for (let n = 0; n < confirmTries; n++) {
      const answer = await get(step, `/confirms/${encodeURIComponent(String(reference))}`, 1, {
        as: '/confirms/{dealReference}',
      });
      if (answer || n === confirmTries - 1) return answer;
      observed.pop(); // not there yet: only the last word counts
      await pause(clock, confirmPauseMs);
    }
  }
  async function dealOnce(smallest: number) {
    const currency = market.instrument?.currencies?.find((each: any) => each.isDefault)?.code ?? 'USD';
    const opened = await post('open a position', 2, {
      epic,
      expiry: market.instrument?.expiry ?? '-',
      direction: 'BUY',
      size: smallest,
      orderType: 'MARKET',
      currencyCode: currency,
      forceOpen: true,
      guaranteedStop: false,
      dealReference: walk.dealReference,
    });
    leftOpen = opened !== undefined || observed.at(-1)!.status === null; // until it is seen to be gone
    const done = await confirm('confirm the opening', opened?.dealReference ?? walk.dealReference);
    const own = async (step: string) => {
      const listed = await get(step, '/positions', 2);
      const isOurs = ({ position }: any) =>
        position?.dealReference === walk.dealReference || (done?.dealId && position?.dealId === done.dealId);
      return listed && { position: (listed.positions ?? []).find(isOurs)?.position };
    };
    const before = await own('list the positions');
    const dealId = before?.position?.dealId ?? (done?.dealStatus === 'ACCEPTED' ? done.dealId : undefined);
    if (dealId !== undefined) {
      const amended = await put(
        'change the limit of the position',
        `/positions/otc/${dealId}`,
        {
          stopLevel: null,
          limitLevel: farFrom(before?.position?.level ?? done?.level, 1.2),
          guaranteedStop: false,
          trailingStop: false,
        },
        '/positions/otc/{dealId}',
      );
      await confirm('confirm the change', amended?.dealReference);
      const closed = await post(
        'close the position',
        1,
        { dealId, direction: 'SELL', size: smallest, orderType: 'MARKET' },
        remove,
      );
      await confirm('confirm the closing', closed?.dealReference);
    }
    const after = await own('list the positions afterwards');
    if (after && !after.position) leftOpen = false;
  }
  /** Far below the market, so that nothing fills it; good for a day, should it be left. */
  async function orderOnce(smallest: number) {
    const level = farFrom(market.snapshot?.bid, 0.8);
    const currency = market.instrument?.currencies?.find((each: any) => each.isDefault)?.code ?? 'USD';
    const terms = {
      type: 'LIMIT',
      guaranteedStop: false,
      timeInForce: 'GOOD_TILL_DATE',
      goodTillDate: new Date(clock.now().getTime() + 86_400_000)
        .toISOString()
        .slice(0, 19)
        .replaceAll('-', '/')
        .replace('T', ' '),
    };
    const placed = await ask('place an order', {
      method: 'POST',
      path: '/workingorders/otc',
      version: 2,
      headers,
      body: {
        epic,
        expiry: market.instrument?.expiry ?? '-',
        direction: 'BUY',
        size: smallest,
        currencyCode: currency,
        forceOpen: true,
        dealReference: `${walk.dealReference}o`,
        level,
        ...terms,
      },
    });
    const mayRest = placed !== undefined || observed.at(-1)!.status === null;
    const done = await confirm('confirm the order', placed?.dealReference ?? `${walk.dealReference}o`);
    /** The list bears no references of ours: it is known by its terms. Undefined: the list did not come. */
    const own = async (step: string): Promise<string | null | undefined> => {
      const listed = await get(step, '/workingorders', 2);
      const data = (listed?.workingOrders ?? []).map((each: any) => each.workingOrderData ?? {});
      const isOurs = (each: any) =>
        each.dealId === done?.dealId ||
        (each.epic === epic && each.orderSize === smallest && each.orderLevel === level);
      return listed && (data.find(isOurs)?.dealId ?? null);
    };
    const resting = await own('list the orders');
    const dealId = resting ?? (done?.dealStatus === 'ACCEPTED' ? done.dealId : undefined);
    if (dealId === undefined) {
      leftOpen ||= mayRest && resting === undefined;
      return;
    }
    const [path, as] = [`/workingorders/otc/${dealId}`, '/workingorders/otc/{dealId}'];
    const amended = await put('change the order', path, { ...terms, level: farFrom(level, 0.99) }, as);
    await confirm('confirm the change of the order', amended?.dealReference);
    const cancelled = await ask('take the order away', {
      method: 'POST',
      path,
      version: 2,
      headers: { ...headers, ...remove },
      body: {},
      as,
    });
    await confirm('confirm that the order is gone', cancelled?.dealReference);
    leftOpen ||= (await own('list the orders afterwards')) !== null;
  }
}

/** So many times a level, in whole units of a hundredth of it: fine enough for any market that is dealt in here. */
const farFrom = (level: unknown, times: number) =>
  typeof level === 'number' ? Number((level * times).toPrecision(3)) : null;

/** The three kinds of item, each field by what it holds; of the trade item also what its messages are made of. */
function observeStreams(
  { accountId, epic, clock, logger, loadSdk }: Walk,
  tokens: { endpoint: string; cst: string; securityToken: string },
) {
  const shapes = new Map<string, Map<string, Set<string>>>();
  const add = (step: string, path: string, kind: string) => {
    const shape = shapes.get(step) ?? new Map<string, Set<string>>();
    shapes.set(step, shape.set(path, (shape.get(path) ?? new Set()).add(kind)));
  };
  const problems: string[] = [];
  const wanted = ['stream a price', 'stream the account'];
  const seen = new AbortController();
  function received(step: string, fields: readonly string[], update: SdkUpdate) {
    for (const field of fields) {
      const value = update.getValue(field);
      add(step, field, streamKind(value));
      if (value && streamKind(value) === 'JSON')
        for (const [path, kinds] of Object.entries(shapeOf(parse(value))))
          for (const kind of kinds) if (path !== '') add(step, `${field}.${path}`, kind);
    }
    if (wanted.every((each) => shapes.has(each))) seen.abort();
  }
  const items = {
    'stream a price': {
      mode: 'MERGE',
      item: `PRICE:${accountId}:${epic}`,
      fields: priceFields,
      adapter: 'Pricing',
    },
    'stream the account': {
      mode: 'MERGE',
      item: `ACCOUNT:${accountId}`,
      fields: accountFields,
      adapter: undefined,
    },
    'stream the deals': {
      mode: 'DISTINCT',
      item: `TRADE:${accountId}`,
      fields: tradeFields,
      adapter: undefined,
    },
  } as const;
  function subscribe({ sdk, client }: StreamConnection) {
    for (const [step, { mode, item, fields, adapter }] of Object.entries(items)) {
      const subscription = sdk.createSubscription(mode, [item], fields);
      if (adapter) subscription.setDataAdapter(adapter);
      subscription.setRequestedSnapshot('yes');
      subscription.addListener({
        onItemUpdate: (update) => received(step, fields, update),
        onSubscriptionError: (code) => problems.push(`${step}: ${code}`),
      });
      client.subscribe(subscription);
    }
  }
  const stream = createStreamSession({
    fetchTokens: async () => ({ ...tokens, accountId }),
    loadSdk,
    clock,
    logger,
    onUp: subscribe,
    onDown: () => problems.push('the stream was lost'),
  });
  stream.start();
  return {
    ready: pause(clock, streamTimeoutMs, seen.signal),
    async close(): Promise<Observed[]> {
      // The last message of a deal may come after its confirm.
      await pause(clock, confirmPauseMs);
      stream.close();
      return Object.entries(items).map(([step, { mode, item }]) => ({
        step,
        call: `${item.split(':')[0]} ${mode}`,
        status: shapes.has(step) ? 200 : null,
        code: problems.find((each) => each.startsWith(step))?.split(': ')[1] ?? null,
        headers: [],
        shape: Object.fromEntries(
          [...(shapes.get(step) ?? [])].map(([path, kinds]) => [path, [...kinds].sort()]),
        ) satisfies Shape,
      }));
    },
  };
}

const nowOf = (clock: Clock) => clock.now().toISOString().slice(0, 19);
const dayOf = (clock: Clock) => new Date(clock.now().getTime() - 86_400_000).toISOString().slice(0, 19);
function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return text === '' ? null : text;
  }
}
const errorCodeOf = (json: unknown) =>
  typeof json === 'object' && json !== null && 'errorCode' in json && typeof json.errorCode === 'string'
    ? json.errorCode
    : null;
