// `npm run rotate-keys`: seals all stored credentials and sessions under the newest key, while servers run or not.
import { countOf, rotateKeys, RotationRefused, type Rotation } from '../server/compose/rotation.ts';
import { composeCommandAudit } from '../server/compose/audit.ts';
import type { Config } from '../server/config.ts';
import { addEncryptionKey, replaceSecretKey } from '../server/data-folder/index.ts';
import type { Ground } from '../server/compose/ground.ts';
import { createKeyring } from '../server/lib/seal.ts';
import { runCommand, UsageError } from './command.ts';
import { withInstallation } from './installation.ts';
import { readKeys } from './keys.ts';

/** The keys of this installation, the newest first, and where they are kept. */
function keysOf({ encryptionKeys }: Config, dataDir: string, addsKey: boolean) {
  if (addsKey && encryptionKeys)
    throw new UsageError(
      'ENCRYPTION_KEYS holds the keys, and only you can change it: put NAME:KEY in front of the others, the KEY made by openssl rand -base64 32',
    );
  const { place, keys } = readKeys({ encryptionKeys }, dataDir);
  return { place, keys: addsKey ? addEncryptionKey(dataDir) : keys };
}

function print({ newest, changed, dropped, servers, behind, unused, used }: Rotation, place: string) {
  const rows = changed.filter((each) => each.rows > 0).map((each) => countOf(each.what, each.rows));
  if (dropped > 0)
    console.log(`${dropped} broker ${dropped === 1 ? 'session' : 'sessions'} that no key opens forgotten`);
  console.log(
    rows.length > 0
      ? `${rows.join(' and ')} sealed anew under ${newest}${servers > 0 ? `; ${countOf(['running server has', 'running servers have'], servers)} been told` : ''}`
      : `every row is sealed under ${newest} already`,
  );
  for (const at of behind)
    console.log(
      `${at} knows ${newest} and still seals under an older key: start it again with ${newest} first in ENCRYPTION_KEYS, then run this again`,
    );
  for (const name of used) console.log(`${name} is still needed: rows are sealed under it. Run this again.`);
  for (const name of unused)
    console.log(
      behind.length > 0
        ? `${name} is used by no row now, but stays until every server seals under ${newest}`
        : `${name} is used by no row any more and may be removed from ${place}; keep it with backups of the database made before now`,
    );
  if (unused.length === 0 && used.length === 0 && rows.length === 0)
    console.log(
      `${newest} is the only key. To replace it: ${place === 'ENCRYPTION_KEYS' ? 'put a new one in front of it in ENCRYPTION_KEYS, and run this again' : 'npm run rotate-keys -- --new-key'}`,
    );
}

/** What was signed before still counts, so nobody is signed out. */
async function signByAnother(
  ground: Ground,
  { config, dataDir, json }: { config: Config; dataDir: string; json: boolean },
): Promise<void> {
  if (config.secretKey)
    throw new UsageError(
      'SECRET_KEY holds the key, and only you can change it: move it to SECRET_KEY_FALLBACKS, and set another one, made by openssl rand -base64 32',
    );
  const audited = composeCommandAudit(ground);
  await audited('command.rotate-keys', 'signing key', async () => replaceSecretKey(dataDir));
  if (json) console.log(JSON.stringify({ ok: true }));
  else
    console.log(
      'there is a new signing key, which the next start takes; what the former one signed still counts',
    );
}

const changedOf = ({ changed }: Rotation) =>
  Object.fromEntries(changed.map(({ what: [, several], rows }) => [several, rows]));

await runCommand({
  name: 'rotate-keys',
  about: `Seals all stored credentials and broker sessions anew, row by row, under the first key of ENCRYPTION_KEYS (of the data
folder's secrets.json where that is not set), and says which keys are not used any more. FTrader may run or not: servers
that have their keys from .env or the data folder read them again when asked; others must have been started with the new
key first, and nothing is changed while one does not know it. May be interrupted and run again.`,
  flags: {
    'new-key': {
      type: 'boolean',
      about: 'make a new key first, in the data folder; not with ENCRYPTION_KEYS',
    },
    'new-signing-key': {
      type: 'boolean',
      about:
        'sign access tokens by a new key from the next start on, in the data folder; not with SECRET_KEY',
    },
    'drop-lost-sessions': {
      type: 'boolean',
      about: 'forget broker sessions that no key opens; their logins are made anew',
    },
  },
  run: ({ values, json }) =>
    withInstallation(async ({ ground, config, dataDir, mayRun }) => {
      if (values['new-signing-key'] && (values['new-key'] || values['drop-lost-sessions']))
        throw new UsageError('--new-signing-key is another key than those that seal: one at a time');
      if (values['new-signing-key']) return signByAnother(ground, { config, dataDir, json });
      const { place, keys } = keysOf(config, dataDir, values['new-key'] ?? false);
      const keyring = createKeyring(() => keys);
      const audited = composeCommandAudit(ground, (error) => error instanceof RotationRefused);
      const options = { mayRun, dropLostSessions: values['drop-lost-sessions'] ?? false };
      const done = await audited(
        'command.rotate-keys',
        keyring.newest,
        () => rotateKeys(ground, keyring, options),
        {
          before: { keys: keyring.names() },
          after: (rotation) => ({ ...rotation, changed: changedOf(rotation) }),
        },
      );
      const ok = done.behind.length === 0 && done.used.length === 0;
      if (json) console.log(JSON.stringify({ ok, ...done, changed: changedOf(done) }));
      else print(done, place);
      return ok ? 0 : 1;
    }),
});
