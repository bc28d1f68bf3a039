// Whoever is signed in: who that is, how the page looks, and the way out.
import type { User } from '../../../client/index.ts';
import { Icon } from './icon.tsx';
import { PageLink } from './page-link.tsx';
import { Popup } from './popup.tsx';
import { themeName, themes, useTheme } from './theme.ts';

export function AccountMenu({ user, onSignOut }: { user: User; onSignOut(): void }) {
  return (
    <Popup
      className="menu"
      label={`Account menu, ${user.email}`}
      panelLabel="Account menu"
      button={
        <>
          <Icon path="M12 12.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM4 20.5c.8-3.2 4-5 8-5s7.2 1.8 8 5" />
          <span className="email">{user.email}</span>
        </>
      }
    >
      {(close) => (
        <>
          <p className="whom">
            <strong>{user.name}</strong>
            <span className="quiet">{user.email}</span>
          </p>
          <PageLink to={{ at: 'you' }} onClick={close}>
            You
          </PageLink>
          <PageLink to={{ at: 'inbox' }} onClick={close}>
            Inbox
          </PageLink>
          <PageLink to={{ at: 'accounts' }} onClick={close}>
            Accounts
          </PageLink>
          <PageLink to={{ at: 'history' }} onClick={close}>
            History
          </PageLink>
          <PageLink to={{ at: 'portfolio' }} onClick={close}>
            Portfolio
          </PageLink>
          {user.isAdmin && (
            <PageLink to={{ at: 'admin' }} onClick={close}>
              Administration
            </PageLink>
          )}
          <Themes />
          <button type="button" onClick={onSignOut}>
            Sign out
          </button>
        </>
      )}
    </Popup>
  );
}

/** Drawn when the menu is opened: a theme may have been chosen elsewhere. */
function Themes() {
  const [theme, setTheme] = useTheme();
  return (
    <fieldset className="themes">
      <legend>Appearance</legend>
      {themes.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name="theme"
            value={each}
            checked={theme === each}
            onChange={() => setTheme(each)}
          />
          <span>{themeName[each]}</span>
        </label>
      ))}
    </fieldset>
  );
}
