// `npm run user`: who may sign in here. Shows users, shuts and opens accounts, gives a forgotten password anew, and lets in who lost the authenticator.
import type { Administration } from '../server/modules/auth/index.ts';
import { askNewPassword, passwordFlag } from './ask.ts';
import { runCommand, UsageError } from './command.ts';
import { withUsers } from './installation.ts';
import { plain } from './plain-text.ts';

type Listed = Awaited<ReturnType<ReturnType<Administration['list']>['next']>>['value'];
const actions = ['list', 'disable', 'enable', 'password', 'two-factor-off'] as const;
type Action = (typeof actions)[number];

const rowOf = ({ email, name, isAdmin, createdAt, disabledAt, sessions }: NonNullable<Listed>) =>
  [
    plain(email).padEnd(32),
    plain(name).padEnd(20),
    (isAdmin ? 'admin' : '').padEnd(6),
    `since ${createdAt.toISOString().slice(0, 10)}`,
    disabledAt ? `disabled ${disabledAt.toISOString().slice(0, 10)}` : `${sessions} open logins`,
  ].join(' ');
const ended = (logins: number) => `${logins} open ${logins === 1 ? 'login' : 'logins'} ended`;

await runCommand({
  name: 'user',
  about: `Who may sign in here: list shows them, disable and enable shut and open an account, password gives it another one
(asked for, never an argument), two-factor-off lets whoever lost the authenticator and the recovery codes in by the
password alone. What is open of an account that any of these but enable changes ends at once, on every server of this
installation; FTrader may run or not.`,
  flags: passwordFlag,
  arguments: 'list | disable EMAIL | enable EMAIL | password EMAIL | two-factor-off EMAIL',
  async run({ values, arguments: [action, email, ...rest], json }) {
    if (!actions.includes(action as Action))
      throw new UsageError(action ? `${action} is not one of ${actions.join(', ')}` : 'say what to do');
    if ((action === 'list') !== (email === undefined))
      throw new UsageError(
        email === undefined ? `${action} needs an e-mail address` : 'list takes no argument',
      );
    if (rest.length > 0)
      throw new UsageError(
        action === 'password'
          ? 'a password is never an argument: the shell would keep it, and others would see it in the list of processes'
          : `one address at a time, not also ${rest.join(' ')}`,
      );
    const say = (text: string, facts: object) =>
      console.log(json ? JSON.stringify({ ok: true, ...facts }) : text);
    await withUsers(async (users) => {
      if (email === undefined) {
        const all = [];
        let count = 0;
        for await (const user of users.list()) {
          count += 1;
          if (json) all.push(user);
          else console.log(rowOf(user));
        }
        if (json) console.log(JSON.stringify(all));
        else if (count === 0)
          console.log('there are no users yet: npm run create-superuser -- you@example.com makes the first');
        return;
      }
      const user = await users.get(email);
      const act = <T>(what: Action, work: () => Promise<T>) =>
        users.audited(`command.user.${what}`, user.email, work);
      if (action === 'disable') {
        const sessions = await act(action, () => users.disable(user.email));
        say(`${user.email} is disabled; ${ended(sessions)}`, { email: user.email, sessions });
      } else if (action === 'enable') {
        await act(action, () => users.enable(user.email));
        say(`${user.email} may sign in again`, { email: user.email });
      } else if (action === 'two-factor-off') {
        const sessions = await act(action, () => users.switchTwoFactorOff(user.email));
        say(`${user.email} signs in by the password alone; ${ended(sessions)}`, {
          email: user.email,
          sessions,
        });
      } else {
        const password = await askNewPassword(values);
        users.requireUsable(user.email, password);
        const sessions = await act('password', () => users.setPassword(user.email, password));
        const still = user.disabledAt ? '. The account is still disabled: npm run user -- enable' : '';
        say(`${user.email} has another password; ${ended(sessions)}${still}`, {
          email: user.email,
          sessions,
        });
      }
    });
  },
});
