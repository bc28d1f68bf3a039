// The tables of docs/simulator.md, from the simulator's own tables. Writes them between their markers, or `--check`s that they are current. The prose around them is by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { faultNames, faultOf } from '../server/ig-simulator/faults/table.ts';
import { instruments } from '../server/ig-simulator/market/instruments.ts';
import { describedEndpoints } from '../server/ig-simulator/rest/table.ts';

/** IG's own list (labs.ig.com, 2026): method, path, versions, purpose. What the simulator has is joined to it by method and path. */
const igTable: readonly [method: string, path: string, versions: readonly number[], purpose: string][] = [
  ['POST', '/session', [1, 2, 3], 'Logs in: tokens in headers (1, 2) or an OAuth pair in the body (3).'],
  ['POST', '/session/refresh-token', [1], 'Replaces an OAuth pair.'],
  ['GET', '/session', [1], 'Says who is logged in; fetches tokens for the stream.'],
  ['PUT', '/session', [1], 'Switches to another account of the login.'],
  ['DELETE', '/session', [1], 'Logs out.'],
  ['GET', '/session/encryptionKey', [1], 'The RSA key for encrypted passwords.'],
  ['GET', '/accounts', [1], 'The accounts of the login, the active one with its balance.'],
  ['GET', '/accounts/preferences', [1], 'Whether the account may use trailing stops.'],
  ['PUT', '/accounts/preferences', [1], 'Switches trailing stops on or off.'],
  ['GET', '/history/activity', [2, 3], 'What happened on the account, newest first, page by page.'],
  ['GET', '/history/activity/{lastPeriod}', [1], 'Activity of the last milliseconds.'],
  ['GET', '/history/activity/{fromDate}/{toDate}', [1], 'Activity of a range of days.'],
  ['GET', '/history/transactions', [2], 'Money movements, page by page.'],
  ['GET', '/history/transactions/{type}/{lastPeriod}', [1], 'Money movements of the last milliseconds.'],
  ['GET', '/history/transactions/{type}/{fromDate}/{toDate}', [1], 'Money movements of a range of days.'],
  ['GET', '/confirms/{dealReference}', [1], 'The verdict on a deal, for a minute.'],
  ['GET', '/positions', [1, 2], 'Open positions.'],
  ['GET', '/positions/{dealId}', [1, 2], 'One open position.'],
  ['POST', '/positions/otc', [1, 2], 'Opens a position, or nets one off.'],
  ['PUT', '/positions/otc/{dealId}', [1, 2], 'Amends the stop and limit of a position.'],
  ['DELETE', '/positions/otc', [1], 'Closes a position; with a body, so as POST and `_method: DELETE`.'],
  ['GET', '/positions/sprintmarkets', [1, 2], 'Sprint markets: nobody has any.'],
  ['POST', '/positions/sprintmarkets', [1], "Refused with IG's codes: sprint markets are closed."],
  ['GET', '/workingorders', [1, 2], 'Orders that rest.'],
  ['POST', '/workingorders/otc', [1, 2], 'Places a working order.'],
  ['PUT', '/workingorders/otc/{dealId}', [1, 2], 'Amends a working order.'],
  ['DELETE', '/workingorders/otc/{dealId}', [1, 2], 'Deletes a working order.'],
  ['GET', '/repeat-dealing-window', [1], 'Sizes that count together in tiered pricing.'],
  ['GET', '/categories', [1], 'Categories of instruments.'],
  ['GET', '/categories/{id}/instruments', [1], 'The instruments of a category, page by page.'],
  ['GET', '/marketnavigation', [1], 'The root of the market tree.'],
  ['GET', '/marketnavigation/{nodeId}', [1], 'A node of the market tree: more nodes, or markets.'],
  ['GET', '/markets', [1, 2], 'Several markets by `epics`, or by `searchTerm` (1).'],
  ['GET', '/markets/{epic}', [1, 2, 3, 4], 'One market: instrument, dealing rules, snapshot.'],
  ['GET', '/prices/{epic}', [3], 'Price history, page by page.'],
  ['GET', '/prices/{epic}/{resolution}/{numPoints}', [1, 2], 'The last candles.'],
  ['GET', '/prices/{epic}/{resolution}/{startDate}/{endDate}', [2], 'Candles of a range.'],
  ['GET', '/prices/{epic}/{resolution}', [1], 'Candles of a range, by query.'],
  ['GET', '/watchlists', [1], "The account's watchlists, and IG's own."],
  ['POST', '/watchlists', [1], 'Creates a watchlist.'],
  ['GET', '/watchlists/{id}', [1], 'The markets of a watchlist.'],
  ['PUT', '/watchlists/{id}', [1], 'Adds a market to a watchlist.'],
  ['DELETE', '/watchlists/{id}', [1], 'Deletes a watchlist.'],
  ['DELETE', '/watchlists/{id}/{epic}', [1], 'Takes a market off a watchlist.'],
  ['GET', '/clientsentiment', [1], 'Shares of clients long and short, several markets.'],
  ['GET', '/clientsentiment/{marketId}', [1], 'Shares of clients long and short, one market.'],
  ['GET', '/clientsentiment/related/{marketId}', [1], 'The same of related markets.'],
  ['POST', '/indicativecostsandcharges/open', [1], 'What opening a position would cost.'],
  ['POST', '/indicativecostsandcharges/close', [1], 'What closing one would cost.'],
  ['POST', '/indicativecostsandcharges/edit', [1], 'What being closed at a new stop or limit would cost.'],
  ['GET', '/indicativecostsandcharges/durablemedium/{ref}', [1], 'A quote as a PDF.'],
  ['GET', '/indicativecostsandcharges/history/from/{from}/to/{to}', [1], 'Past quotes, page by page.'],
  ['GET', '/operations/application', [1], 'The API key and its allowances.'],
  ['PUT', '/operations/application', [1], "Changes the key's status or lowers its allowances."],
  ['PUT', '/operations/application/disable', [1], 'Switches the key off.'],
];

const keyOf = (method: string, path: string) => `${method} ${path.replaceAll(/\{\w+\}|:\w+/g, '{}')}`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

/** The tables by the names of their markers. Throws on an endpoint that IG does not have. */
function sections(): Record<string, string> {
  const served = Map.groupBy(describedEndpoints(), ({ method, path }) => keyOf(method, path));
  const known = new Set(igTable.map(([method, path]) => keyOf(method, path)));
  const invented = [...served.keys()].filter((key) => !known.has(key));
  if (invented.length > 0) throw new Error(`not in IG's table: ${invented.join(', ')}`);
  const rows = igTable.map(([method, path, versions, purpose]) => {
    const endpoints = served.get(keyOf(method, path)) ?? [];
    const has = versions.filter((version) =>
      endpoints.some((endpoint) => endpoint.versions.includes(version)),
    );
    return {
      call: `\`${method} ${path}\``,
      has,
      lacks: versions.filter((version) => !has.includes(version)),
      kind: endpoints[0]?.kind ?? '',
      purpose,
    };
  });
  const left = rows.filter(({ lacks }) => lacks.length > 0);
  return {
    endpoints: table(
      ['call', 'versions', 'class', 'purpose'],
      rows
        .filter(({ has }) => has.length > 0)
        .map(({ call, has, kind, purpose }) => [call, has.join(' '), kind, purpose]),
    ),
    'left-out':
      left.length === 0
        ? "Nothing: every endpoint and version of IG's list is there."
        : table(
            ['call', 'versions', 'purpose at IG', 'answers here'],
            left.map(({ call, lacks, purpose }) => [call, lacks.join(' '), purpose, '404 `invalid.url`']),
          ),
    faults: table(
      ['name', 'what goes wrong', 'seen', 'when', 'takes'],
      faultNames.map((name) => {
        const { what, seen, when, takes } = faultOf(name);
        return [`\`${name}\``, what, seen, when, takes.join(' ')];
      }),
    ),
    instruments: table(
      ['epic', 'name', 'type', 'expiry', 'currency', 'size in', 'margin %'],
      instruments.map(({ epic, name, type, expiry, currency, unit, marginPct }) => [
        `\`${epic}\``,
        name.trim(),
        type,
        expiry,
        currency,
        unit,
        String(marginPct),
      ]),
    ),
  };
}

/** `text` with the tables put between `<!-- name -->` and `<!-- /name -->`. Throws when a marker is missing. */
function filled(text: string): string {
  return Object.entries(sections()).reduce((document, [name, content]) => {
    const [start, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`];
    const [from, to] = [document.indexOf(start), document.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`no markers for ${name}`);
    return document.slice(0, from + start.length) + content + document.slice(to);
  }, text);
}

const document = fileURLToPath(new URL('../docs/simulator.md', import.meta.url));
const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const kept = readFileSync(document, 'utf8');
const current = filled(kept);
if (!values.check) writeFileSync(document, current);
else if (kept !== current) {
  process.stderr.write(
    "docs/simulator.md is not what the simulator's tables say. Run: node scripts/simulator-docs.ts\n",
  );
  process.exitCode = 1;
}
