// `npm run create-superuser`: makes an administrator, as the first thing on a new installation. What one may do is the server's to say.
import { readConfig } from '../server/config.ts';
import { ask, askNewPassword, passwordFlag } from './ask.ts';
import { runCommand, UsageError } from './command.ts';
import { withUsers } from './installation.ts';

await runCommand({
  name: 'create-superuser',
  about: `Makes an administrator. The password is asked for, piped in, or taken from SUPERUSER_PASSWORD; it is never an argument.
FTrader may run or not; before the first start this makes its data.`,
  flags: {
    ...passwordFlag,
    name: { type: 'string', hint: 'NAME', about: 'shown to others; else what stands before the @' },
    'if-not-exists': { type: 'boolean', about: 'no error when there is this administrator already' },
  },
  arguments: '[EMAIL]',
  async run({ values, arguments: [given, ...rest], json }) {
    if (rest.length > 0)
      throw new UsageError('one address; a password is never an argument: the shell would keep it');
    const value = readConfig(process.env).superuserPassword;
    const [typed = ''] = given
      ? [given]
      : await ask(['E-mail address: '], { instead: 'name the address: create-superuser -- EMAIL' });
    const email = typed.trim().toLowerCase();
    const say = (text: string, created: boolean) =>
      console.log(json ? JSON.stringify({ ok: true, created }) : text);
    await withUsers(async (users) => {
      const found = await users.findSuperuser(email);
      if (found && !values['if-not-exists'])
        throw new Error(`${found.email} is an administrator already; with --if-not-exists that is no error`);
      if (found)
        return say(
          `${found.email} is an administrator already${found.disabledAt ? ', and disabled: npm run user -- enable' : ''}`,
          false,
        );
      const password = await askNewPassword(values, { variable: 'SUPERUSER_PASSWORD', value });
      const name = values.name ?? email.split('@')[0]!;
      await users.requireUsable({ email, name }, password);
      await users.audited('command.create-superuser', email, () =>
        users.createSuperuser({ email, password, name }),
      );
      say(`${email} is an administrator now`, true);
    });
  },
});
