// Which watchlist is shown, and what is done to the lists: the panel behind the list's name.
import { useState } from 'react';
import type { Account, Watchlist } from '../../../client/index.ts';
import { ArmedButton } from './armed-button.tsx';
import { replaceWith } from './go.ts';
import { OrderedList } from './ordered-list.tsx';
import { Popup } from './popup.tsx';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';
import type { Watchlists } from './use-watchlists.ts';
import { maxLists, moving } from './watchlist.ts';
import { ImportForm, NameForm } from './watchlist-forms.tsx';

interface MenuProps {
  watchlists: Watchlists;
  /** Whose login keeps lists at IG. */
  account: Account | undefined;
  nameOf(epic: string): string;
}

export const WatchlistMenu = (props: MenuProps) => (
  <Popup
    className="watchlists"
    label={`Watchlist: ${props.watchlists.list?.name ?? 'none yet'}`}
    panelLabel="Watchlists"
    button={
      <>
        <span>{props.watchlists.list?.name ?? 'Watchlists'}</span>
        <i aria-hidden="true">▾</i>
      </>
    }
  >
    {(close) => props.watchlists.list && <Panel {...props} list={props.watchlists.list} close={close} />}
  </Popup>
);

function Panel({
  watchlists: { keeper, lists = [], choose },
  list,
  account,
  nameOf,
  close,
}: MenuProps & { list: Watchlist; close(): void }) {
  const [open, setOpen] = useState<'new' | 'rename' | 'order' | 'import'>();
  const { busy, problem, run } = useAction();
  const toggle = (what: typeof open, text: string) => (
    <button
      type="button"
      aria-expanded={open === what}
      onClick={() => setOpen(open === what ? undefined : what)}
    >
      {text}
    </button>
  );
  const shut = () => setOpen(undefined);
  return (
    <>
      <h2>Watchlists</h2>
      <OrderedList
        label="Your watchlists"
        rows={lists.map(({ id, name, epics, importedFrom }) => ({
          id,
          name,
          content: (
            <button
              type="button"
              className="choose"
              aria-pressed={id === list.id}
              onClick={() => {
                choose(id);
                close();
              }}
            >
              <span>{name}</span>
              <small>
                {epics.length === 1 ? '1 market' : `${epics.length} markets`}
                {importedFrom !== null && ', from IG'}
              </small>
            </button>
          ),
        }))}
        onMove={(id, place) =>
          void run(
            () => keeper.update(id, { place }),
            () => {},
          )
        }
      />
      <div className="actions">
        {lists.length < maxLists && toggle('new', 'New list')}
        {account && toggle('import', 'Import from IG')}
      </div>
      {open === 'new' && (
        <NameForm
          label="Name of the new list"
          submit="Make the list"
          send={(name) => keeper.create(name, [])}
          onDone={({ id }) => {
            choose(id);
            close();
          }}
        />
      )}
      {open === 'import' && account && <ImportForm keeper={keeper} account={account} />}
      <h2>{list.name}</h2>
      <div className="actions">
        {toggle('rename', 'Rename')}
        {list.epics.length > 1 && toggle('order', 'Order')}
        <ArmedButton
          text="Delete"
          sure="Press again"
          does={`delete the list ${list.name}`}
          className="danger"
          disabled={busy}
          onPress={() =>
            void run(
              () => keeper.remove(list.id),
              () => {
                replaceWith({ at: 'floor' });
                close();
              },
            )
          }
        />
      </div>
      {problem && <Problem problem={problem} />}
      {open === 'rename' && (
        <NameForm
          key={list.id}
          label={`New name of ${list.name}`}
          submit="Save the name"
          before={list.name}
          send={(name) => keeper.update(list.id, { name })}
          onDone={shut}
        />
      )}
      {open === 'order' && (
        <OrderedList
          label={`Markets of ${list.name}, in order`}
          rows={list.epics.map((epic) => ({
            id: epic,
            name: nameOf(epic),
            content: <span>{nameOf(epic)}</span>,
          }))}
          onMove={(epic, place) => void keeper.edit(list.id, moving(epic, list.epics[place] ?? epic))}
        />
      )}
    </>
  );
}
