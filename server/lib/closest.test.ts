import { expect, test } from 'vitest';
import { closest } from './closest.ts';

const known = ['NODE_ENV', 'HOST', 'PORT', 'DATABASE_URL', 'DB_NAME', 'ALLOWED_HOSTS', 'IG_API_KEY'];

test.each([
  ['NODE_ENVV', 'NODE_ENV'],
  ['NODEENV', 'NODE_ENV'],
  ['node_env', 'NODE_ENV'],
  ['DATABSE_URL', 'DATABASE_URL'],
  ['DATABASE-URL', 'DATABASE_URL'],
  ['DATBASE_ULR', 'DATABASE_URL'],
  ['PROT', 'PORT'],
  ['ALOWED_HOST', 'ALLOWED_HOSTS'],
  ['IG_APIKEY', 'IG_API_KEY'],
])('%s is meant as %s', (name, meant) => expect(closest(name, known)).toBe(meant));

test.each([...known, 'HOME', 'PATH', 'PWD', 'USER', 'LANG', 'HOSTNAME', 'SHELL', 'PORTS_OPEN', 'IG_THING'])(
  '%s is meant as it stands',
  (name) => expect(closest(name, known)).toBeUndefined(),
);
