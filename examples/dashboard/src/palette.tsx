// The palette of commands: everything the page can do, found by typing (the combobox pattern of WAI-ARIA); loaded when it is first opened.
import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import type { FTraderClient } from '../../../client/index.ts';
import type { Accounts } from './accounts.ts';
import { commandsOf, fitting, marketAsked, marketCommand, type Command } from './commands.ts';
import { go } from './go.ts';
import { Modal } from './modal.tsx';
import { useReading } from './reading.ts';
import { chooseTheme } from './theme.ts';
import { steppedTo, useFoundMarkets } from './use-found-markets.ts';
import { focusThere, whenThere } from './when-there.ts';

interface PaletteProps {
  api: FTraderClient['api'];
  isAdmin: boolean;
  accounts: Accounts;
  onSignOut(): void;
  onShortcuts(): void;
  onClose(): void;
}
const listedAtMost = 100;

export default function Palette({ api, isAdmin, accounts, onSignOut, onShortcuts, onClose }: PaletteProps) {
  const { account, list = [], choose } = accounts;
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const id = useId();
  const accountId = account?.id;
  const positions = useReading(
    ['trading.listPositions', accountId],
    accountId === undefined ? undefined : () => api.trading.listPositions.query({ accountId }),
  );
  const orders = useReading(
    ['trading.listOrders', accountId],
    accountId === undefined
      ? undefined
      : () => api.trading.listOrders.query({ accountId, limit: listedAtMost }),
  );
  const { query, direction } = marketAsked(typed);
  const found = useFoundMarkets(api, account?.feed, query);
  const hands = {
    go,
    goTo(selector: string) {
      go({ at: 'floor' });
      focusThere(selector);
    },
    press: (selector: string) =>
      whenThere(selector, (button) => button.ariaExpanded !== 'true' && button.click()),
    theme: chooseTheme,
    choose,
    type: setTyped,
    shortcuts: onShortcuts,
    signOut: onSignOut,
  };
  const known = {
    isAdmin,
    accounts: list,
    account,
    positions: positions.data?.positions ?? [],
    orders: orders.data?.orders.filter(({ state }) => state === 'open') ?? [],
  };
  const side = account ? direction : undefined;
  const commands = [
    ...fitting(commandsOf(known, hands), typed),
    ...found.markets.map((market) => marketCommand(market, side, hands)),
  ];
  const chosen = commands[Math.min(active, commands.length - 1)];
  useEffect(() => setActive(0), [typed]);
  useEffect(() => {
    if (chosen) document.getElementById(`${id}-${chosen.id}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, chosen?.id]);

  function run({ id: name, run: command }: Command) {
    if (name === 'BUY' || name === 'SELL') return command(); // goes on here
    onClose(); // first: what it gives the focus back to may be another's in a moment
    queueMicrotask(command);
  }
  function onKeyDown(event: KeyboardEvent) {
    const next = steppedTo(event.key, active, commands.length);
    if (next !== undefined) setActive(next);
    else if (event.key === 'Enter' && chosen) run(chosen);
    else return;
    event.preventDefault();
  }
  return (
    <Modal label="Commands" className="palette" onClose={onClose}>
      <input
        role="combobox"
        aria-label="Command or market"
        placeholder="A command, a view, or a market by its name"
        aria-expanded="true"
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={chosen && `${id}-${chosen.id}`}
        autoComplete="off"
        spellCheck={false}
        maxLength={60}
        autoFocus
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={onKeyDown}
      />
      <ul role="listbox" id={id} aria-label="Commands">
        {commands.map((command) => (
          <li
            key={command.id}
            id={`${id}-${command.id}`}
            role="option"
            aria-selected={command === chosen}
            onClick={() => run(command)}
          >
            <span>{command.name}</span>
            {command.hint && <small>{command.hint}</small>}
          </li>
        ))}
      </ul>
      <p role="status">
        {found.busy
          ? 'Searching the markets…'
          : (found.problem?.message ?? (commands.length === 0 ? 'Nothing fits.' : ''))}
      </p>
    </Modal>
  );
}
