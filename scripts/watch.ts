// `npm run watch -- EPIC…`: live prices in the terminal. Drawn in place there, a line for each price where it is piped, NDJSON with --json.
import {
  createFTraderClient,
  createTokenSource,
  errorOf,
  type FTraderClient,
  type Tick,
} from '../client/index.ts';
import { demoLogin } from '../server/modules/auth/index.ts';
import { ask } from './ask.ts';
import { runCommand, UsageError } from './command.ts';
import { movementOf, priceJson, priceLine, tableLines, type Shown } from './price-table.ts';

const defaultUrl = 'http://127.0.0.1:8000';
/** A redraw at most so often, however many prices come; a moved price keeps its colour for so long. */
const [drawEveryMs, colouredMs] = [100, 800];
const hide = '\u001B[?25l';
const show = '\u001B[?25h';

interface Market {
  name: string;
  tick: Tick | undefined;
  moved: Record<'bid' | 'offer', { how: 'up' | 'down' | 'same'; atMs: number }>;
}

await runCommand({
  name: 'watch',
  about: `Live prices of markets, until Ctrl-C. On a terminal they are drawn in place: green and red for a price that moved, its age and
the state of the market beside it. Piped into a file or a program, each price is a line: instant, epic, bid, offer, state.
With --json each price is one JSON object on a line of its own. Without an epic the markets of your first watchlist are shown.`,
  flags: {
    url: { type: 'string', hint: 'URL', about: `where FTrader answers (${defaultUrl})` },
    list: { type: 'string', hint: 'NAME', about: 'the markets of this watchlist of yours' },
    feed: { type: 'string', hint: 'NAME', about: 'whose prices (those of your default account)' },
    email: {
      type: 'string',
      hint: 'EMAIL',
      about: `who signs in (${demoLogin.email}); the password is FTRADER_PASSWORD, or asked for`,
    },
  },
  arguments: '[EPIC…]',
  async run({ values, arguments: given, json }) {
    if (given.length > 0 && values.list !== undefined)
      throw new UsageError('name either markets or a watchlist with --list, not both');
    const feed = values.feed === undefined ? {} : { feed: values.feed };
    const url = values.url ?? defaultUrl;
    const email = values.email ?? demoLogin.email;
    const token = createTokenSource({ url, email, password: await passwordOf(email) });
    const { api, onSocketState, close } = createFTraderClient({ url, token });
    let screen: Screen | undefined;
    try {
      // Asked first: a wrong password, an unknown epic and a server that is not there are told at once, not tried again.
      const wanted = given.length > 0 ? [...new Set(given)] : await epicsOfList(api, values.list);
      const { unknown } = await api.marketData.prices.query({ epics: wanted, ...feed });
      if (unknown.length > 0)
        process.stderr.write(`watch: not known on this feed and left out: ${unknown.join(', ')}\n`);
      const epics = wanted.filter((epic) => !unknown.includes(epic));
      const about = { epics, ...feed };
      const shown = (screen =
        json || !process.stdout.isTTY ? lines(json ? priceJson : priceLine) : table(epics));
      const [{ now }] = await Promise.all([
        api.system.time.query(),
        shown.wantsNames &&
          Promise.all(
            epics.map(async (epic) =>
              shown.named(epic, (await api.marketData.get.query({ epic, ...feed })).name),
            ),
          ),
      ]);
      shown.begin(now.getTime() - Date.now());
      const stopWatching = onSocketState((state) => shown.connection(state === 'open'));
      await new Promise<void>((done, failed) => {
        const subscription = api.marketData.onPrices.subscribe(about, {
          onData: (ticks) => shown.prices(ticks),
          onError: failed,
        });
        const stop = () => {
          stopWatching();
          subscription.unsubscribe();
          done();
        };
        process.once('SIGINT', stop).once('SIGTERM', stop);
        // Whoever read us has had enough, as `head` has.
        process.stdout.on('error', stop);
      });
    } catch (error) {
      throw error instanceof UsageError ? error : new Error(problemOf(error, url), { cause: error });
    } finally {
      screen?.end();
      await close();
    }
  },
});

/** The markets of a watchlist by its name, else of the first. Throws UsageError where there are none. */
async function epicsOfList(api: FTraderClient['api'], name: string | undefined): Promise<string[]> {
  const { watchlists } = await api.marketData.listWatchlists.query();
  const isNamed = (list: { name: string }) => list.name.toLowerCase() === name?.toLowerCase();
  const list = name === undefined ? watchlists[0] : watchlists.find(isNamed);
  if (!list)
    throw new UsageError(
      watchlists.length === 0
        ? 'you have no watchlist: name a market, such as CS.D.EURUSD.CFD.IP'
        : `you have no watchlist ${name}, but ${watchlists.map((each) => each.name).join(', ')}`,
    );
  const { epics } = list;
  if (epics.length === 0) throw new UsageError(`the watchlist ${list.name} is empty: name a market`);
  return epics;
}

async function passwordOf(email: string): Promise<string> {
  const given = process.env['FTRADER_PASSWORD'];
  if (given) return given;
  if (email === demoLogin.email) return demoLogin.password;
  const [typed] = await ask([`Password of ${email}: `], {
    hidden: true,
    instead: 'set FTRADER_PASSWORD',
  });
  return typed!;
}

function problemOf(error: unknown, url: string): string {
  const known = errorOf(error);
  if (known) {
    const fields = Object.values(known.fields ?? {}).join('; ');
    return `${known.message}${fields && ` (${fields})`}`;
  }
  const cause = (error as { cause?: { cause?: { code?: string; message?: string } } }).cause?.cause;
  if (cause?.code === 'ECONNREFUSED')
    return `nothing listens at ${url}: start FTrader with npm start, and give its address with --url`;
  if (cause) return `${url} could not be asked: ${cause.message ?? cause.code}`;
  return error instanceof Error ? error.message : String(error);
}

interface Screen {
  wantsNames: boolean;
  named(epic: string, name: string): void;
  /** `aheadMs`: by how much the server's clock is ahead of this one. */
  begin(aheadMs: number): void;
  prices(ticks: readonly Tick[]): void;
  connection(isOpen: boolean): void;
  end(): void;
}

function lines(text: (tick: Tick) => string): Screen {
  const nothing = () => undefined;
  let wasOpen = false;
  return {
    wantsNames: false,
    named: nothing,
    begin: nothing,
    prices: (ticks) => void process.stdout.write(ticks.map((tick) => `${text(tick)}\n`).join('')),
    connection(isOpen) {
      if (wasOpen && !isOpen) process.stderr.write('watch: the connection is lost; trying again\n');
      wasOpen ||= isOpen;
    },
    end: nothing,
  };
}

function table(epics: readonly string[]): Screen {
  const { stdout } = process;
  const colours = !process.env['NO_COLOR'] && stdout.getColorDepth() > 1;
  const still = { how: 'same', atMs: 0 } as const;
  const markets = new Map<string, Market>(
    epics.map((epic) => [epic, { name: epic, tick: undefined, moved: { bid: still, offer: still } }]),
  );
  let [aheadMs, drawn, isOpen] = [0, 0, true];
  let waiting: NodeJS.Timeout | undefined;
  let everySecond: NodeJS.Timeout | undefined;

  function rows(): Shown[] {
    const nowMs = performance.now();
    return [...markets].map(([epic, { name, tick, moved }]) => {
      const movement = (side: 'bid' | 'offer') =>
        nowMs - moved[side].atMs < colouredMs ? moved[side].how : 'same';
      const ageMs = tick && Date.now() + aheadMs - tick.at.getTime();
      return { epic, name, tick, bid: movement('bid'), offer: movement('offer'), ageMs };
    });
  }
  function draw() {
    waiting = undefined;
    const all = [
      ...tableLines(rows(), { colours, width: stdout.columns }),
      isOpen ? '' : 'the connection is lost; trying again',
    ].slice(0, stdout.rows - 1);
    // Each line is cleared to its end, and what is below the last: a smaller window leaves nothing behind.
    stdout.write(
      `${drawn > 1 ? `\u001B[${drawn - 1}A` : ''}\r${all.map((line) => `${line}\u001B[K`).join('\n')}\u001B[J`,
    );
    drawn = all.length;
  }
  const soon = () => (waiting ??= setTimeout(draw, drawEveryMs));
  return {
    wantsNames: true,
    named: (epic, name) => void (markets.get(epic)!.name = name),
    begin(ahead) {
      aheadMs = ahead;
      stdout.write(hide);
      everySecond = setInterval(soon, 1_000);
      stdout.on('resize', soon);
    },
    prices(ticks) {
      for (const tick of ticks) {
        const market = markets.get(tick.epic);
        if (!market) continue;
        for (const side of ['bid', 'offer'] as const) {
          const how = movementOf(market.tick?.[side], tick[side]);
          if (how !== 'same') market.moved[side] = { how, atMs: performance.now() };
        }
        market.tick = tick;
      }
      soon();
    },
    connection(open) {
      isOpen = open;
      if (drawn > 0) soon();
    },
    end() {
      clearTimeout(waiting);
      clearInterval(everySecond);
      if (drawn > 0) draw();
      clearTimeout(waiting);
      if (everySecond) stdout.write(`${show}\n`);
    },
  };
}
