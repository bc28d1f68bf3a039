// What the palette can do: each command by its name, with what is typed to find it. What a command does is given by who shows it.
import type { Account, Direction, MarketSummary, Position, WorkingOrder } from '../../../client/index.ts';
import { accountLabel } from './account-words.ts';
import { adminParts, youParts, type Address, type AdminPart, type YouPart } from './address.ts';
import { verb } from './deal-words.ts';
import { levelText } from './format.ts';
import { themeName, themes, type Theme } from './theme.ts';

export interface Command {
  id: string;
  /** What it does: `Close Buy 1 EUR/USD`. */
  name: string;
  /** Beside it. */
  hint?: string;
  run(): void;
}

/** What commands are made of. */
export interface Hands {
  go(to: Address): void;
  /** To a control of the floor, which then has the focus. */
  goTo(selector: string): void;
  /** Presses what opens something; what is open stays open. */
  press(selector: string): void;
  theme(theme: Theme): void;
  choose(accountId: string): void;
  /** Begins the query anew with this. */
  type(text: string): void;
  shortcuts(): void;
  signOut(): void;
}

interface Known {
  isAdmin: boolean;
  accounts: readonly Account[];
  account: Account | undefined;
  positions: readonly Position[];
  orders: readonly WorkingOrder[];
}

const views: [
  at: 'floor' | 'inbox' | 'accounts' | 'connect' | 'history' | 'portfolio' | 'you',
  name: string,
][] = [
  ['floor', 'Prices'],
  ['portfolio', 'Portfolio'],
  ['history', 'History'],
  ['inbox', 'Inbox'],
  ['accounts', 'Accounts'],
  ['connect', 'Connect an account'],
  ['you', 'You'],
];
const entriesOf = <Key extends string>(of: Record<Key, string>) => Object.entries(of) as [Key, string][];

/** All but the markets, which are searched for. */
export function commandsOf(
  { isAdmin, accounts, account, positions, orders }: Known,
  hands: Hands,
): Command[] {
  const goes = (name: string, to: Address, id: string): Command => ({
    id: `go ${id}`,
    name: `Go to ${name}`,
    run: () => hands.go(to),
  });
  const dealing: Command[] = account
    ? [
        ...(['BUY', 'SELL'] as const).map((side) => ({
          id: side,
          name: `${verb(side)}…`,
          hint: 'and the name of a market',
          run: () => hands.type(`${verb(side)} `),
        })),
        ...positions.map(({ dealId, direction, size, name }) => ({
          id: `close ${dealId}`,
          name: `Close ${verb(direction)} ${levelText(size)} ${name}`,
          hint: 'asks for a second press',
          run: () => hands.goTo(`[data-position="${CSS.escape(dealId)}"] .closing button`),
        })),
        ...orders.map(({ dealId, direction, size, name, level }) => ({
          id: `cancel ${dealId}`,
          name: `Cancel the order to ${verb(direction).toLowerCase()} ${levelText(size)} ${name} at ${levelText(level)}`,
          hint: 'asks for a second press',
          run: () => hands.goTo(`[data-order="${CSS.escape(dealId)}"] .close .closing button`),
        })),
        {
          id: 'kill',
          name: 'Kill switch: stop opening, or halt',
          run: () => hands.press('.kill > button'),
        },
        ...(account.environment === 'simulated'
          ? [
              {
                id: 'faults',
                name: 'Faults of the simulated broker',
                run() {
                  hands.go({ at: 'accounts' });
                  hands.press(`[data-account="${CSS.escape(account.id)}"] [data-opens="Faults"]`);
                },
              },
            ]
          : []),
      ]
    : [];
  return [
    ...views.map(([at, name]) => goes(name, { at }, at)),
    ...dealing,
    ...accounts
      .filter(({ id }) => id !== account?.id)
      .map((each) => ({
        id: `use ${each.id}`,
        name: `Use the account ${accountLabel(each)}`,
        run: () => hands.choose(each.id),
      })),
    ...themes.map((theme) => ({
      id: `theme ${theme}`,
      name: `Appearance: ${themeName[theme]}`,
      run: () => hands.theme(theme),
    })),
    ...entriesOf<YouPart>(youParts).map(([part, name]) =>
      goes(`You: ${name}`, { at: 'you', part }, `you ${part}`),
    ),
    ...(isAdmin
      ? entriesOf<AdminPart>(adminParts).map(([part, name]) =>
          goes(`Administration: ${name}`, { at: 'admin', part }, `admin ${part}`),
        )
      : []),
    { id: 'shortcuts', name: 'Shortcuts', hint: '?', run: () => hands.shortcuts() },
    { id: 'sign-out', name: 'Sign out', run: () => hands.signOut() },
  ];
}

/** Those in which every word that is typed occurs. */
export function fitting(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
}

/** `buy eur` is the ticket of a market, `eur` the market. */
export function marketAsked(typed: string): { query: string; direction: Direction | undefined } {
  const [, side, query] = /^(buy|sell)(?:\s+(.*))?$/i.exec(typed.trim()) ?? [];
  if (side === undefined) return { query: typed.trim(), direction: undefined };
  return { query: query ?? '', direction: side.toLowerCase() === 'buy' ? 'BUY' : 'SELL' };
}

export const marketCommand = (
  { epic, name, expiry }: MarketSummary,
  direction: Direction | undefined,
  { go }: Pick<Hands, 'go'>,
): Command => ({
  id: `market ${epic}`,
  name: `${direction ? verb(direction) : 'Open'} ${name}`,
  hint: expiry === '-' ? epic : `${epic}, ${expiry}`,
  run: () => go(direction ? { at: 'ticket', epic, direction } : { at: 'market', epic }),
});
