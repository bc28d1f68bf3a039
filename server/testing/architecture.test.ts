// Which way imports point (STYLE: the tree), as a test: it reads every import and fails with the sentence to obey.
import { globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const folders = ['server', 'shared', 'client', 'drizzle', 'scripts', 'examples'];

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const files = folders.flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('node_modules') && !file.startsWith('dist'))
    .map((file) => path.join(folder, file).replaceAll(path.sep, '/')),
);
const isTest = (file: string) => /(\.test\.tsx?$)|^server\/testing\//.test(file);

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const found = [
    ...text.matchAll(
      /^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm,
    ),
  ];
  return found.map((match) => {
    const target = match[2] ?? match[3] ?? match[4]!;
    const to = target.startsWith('.') ? path.posix.join(path.posix.dirname(file), target) : target;
    return { from: file, to, typeOnly: Boolean(match[1]) };
  });
}
const sources = files.filter((file) => !isTest(file));
const all = sources.flatMap(importsOf);
const bare =
  (name: string) =>
  ({ to }: Import) =>
    to === name || to.startsWith(`${name}/`);
const within =
  (...places: string[]) =>
  (file: string) =>
    places.some((place) => file === place || file.startsWith(place.endsWith('/') ? place : `${place}/`));
const sentence = (broken: Import[]) => broken.map(({ from, to }) => `${from} imports ${to}`);

const packageHomes: [string, string, ...string[]][] = [
  ['amqplib', 'amqplib is imported only in server/messaging', 'server/messaging'],
  [
    'pg',
    'a connection to PostgreSQL is a Session of server/db/session.ts; pg is imported only in server/db',
    'server/db',
  ],
  ['pg-boss', 'pg-boss is imported only in server/jobs', 'server/jobs'],
  [
    'express',
    'express is imported only in server/api and server/ig-simulator (and for floors in scripts/bench)',
    'server/api',
    'server/ig-simulator',
    'scripts/bench',
  ],
  [
    'ws',
    'ws is imported only in server/api, server/realtime, server/ig and server/ig-simulator (and clients in scripts and examples)',
    'server/api',
    'server/realtime',
    'server/ig',
    'server/ig-simulator',
    'scripts',
    'examples',
  ],
  ['nodemailer', 'nodemailer is imported only in server/mail', 'server/mail'],
  ['lucia', 'lucia is imported only in server/modules/auth/sessions.ts', 'server/modules/auth/sessions.ts'],
  [
    '@lucia-auth/adapter-drizzle',
    'lucia is imported only in server/modules/auth/sessions.ts',
    'server/modules/auth/sessions.ts',
  ],
  [
    'lightstreamer-client-node',
    'the Lightstreamer SDK is imported only in server/ig/stream/sdk.ts',
    'server/ig/stream/sdk.ts',
  ],
];
test.each(packageHomes)('%s: %s', (name, _rule, ...homes) => {
  const imports = all.filter(bare(name)).filter(({ typeOnly }) => !typeOnly);
  expect(imports.length, 'a package that nobody imports needs no rule').toBeGreaterThan(0);
  expect(sentence(imports.filter(({ from }) => !within(...homes)(from)))).toEqual([]);
});

const allowedRooms: [string, string[]][] = [
  ['shared', ['shared']],
  ['client', ['client', 'shared']],
  ['drizzle', ['drizzle', 'server/db/columns.ts', 'shared']],
  [
    'server/lib',
    ['server/lib', 'shared/errors.ts', 'shared/primitives.ts', 'shared/decimal.ts', 'shared/idempotency.ts'],
  ],
  ['server/data-folder', ['server/data-folder', 'server/lib']],
  ['server/db', ['server/db', 'server/data-folder', 'server/lib', 'drizzle/schema']],
  ['server/messaging', ['server/messaging', 'server/db', 'server/lib']],
  ['server/jobs', ['server/jobs', 'server/db', 'server/lib', 'shared']],
  ['server/mail', ['server/mail', 'server/lib']],
  ['server/trpc', ['server/trpc', 'server/lib', 'shared']],
  ['server/ig-simulator', ['server/ig-simulator', 'server/lib', 'shared']],
  [
    'server/ig',
    [
      'server/ig',
      'server/modules/*/ports.ts',
      'server/messaging',
      'server/db',
      'server/lib',
      'drizzle/schema',
      'shared',
    ],
  ],
  [
    'server/realtime',
    [
      'server/realtime',
      'server/modules/*/ports.ts',
      'server/messaging',
      'server/lib',
      'server/trpc/context.ts',
      'shared',
    ],
  ],
  [
    'server/api',
    [
      'server/api',
      'server/modules/*/index.ts',
      'server/modules/*/ports.ts',
      'server/realtime',
      'server/trpc',
      'server/lib',
      'shared',
    ],
  ],
  ['examples', ['examples', 'client', 'shared']],
];
const local = ({ to }: Import) => folders.some((folder) => to.startsWith(`${folder}/`) || to === folder);
const matches = (to: string, room: string) =>
  new RegExp(`^${room.replaceAll('.', '\\.').replace('*', '[^/]+')}(/|$)`).test(to);

test.each(allowedRooms)('%s imports only %j', (room, allowed) => {
  expect(sources.filter(within(room)).length, 'a room that is gone needs no rule').toBeGreaterThan(0);
  const broken = all.filter(
    (entry) => within(room)(entry.from) && local(entry) && !allowed.some((place) => matches(entry.to, place)),
  );
  expect(
    sentence(
      broken.filter(({ to, typeOnly }) => !(room === 'client' && typeOnly && to === 'server/api/router.ts')),
    ),
  ).toEqual([]);
  const unused = allowed.filter(
    (place) => place !== room && !all.some((entry) => within(room)(entry.from) && matches(entry.to, place)),
  );
  expect(unused, 'an allowance that nobody uses is gone').toEqual([]);
});

test('modules meet through index.ts or ports.ts, never through another module’s rooms', () => {
  const moduleOf = (file: string) => /^server\/modules\/([^/]+)\//.exec(file)?.[1];
  const broken = all.filter(({ from, to }) => {
    const [here, there] = [moduleOf(from), moduleOf(to)];
    return here !== undefined && there !== undefined && here !== there && !/\/(index|ports)\.ts$/.test(to);
  });
  expect(sentence(broken)).toEqual([]);
});

test('modules import their own files, trpc, db, jobs, messaging, lib, drizzle/schema and shared only', () => {
  const allowed = [
    'server/modules',
    'server/trpc',
    'server/db',
    'server/jobs',
    'server/messaging',
    'server/lib',
    'drizzle/schema',
    'shared',
  ];
  expect(
    sentence(
      all.filter(
        (entry) => within('server/modules')(entry.from) && local(entry) && !within(...allowed)(entry.to),
      ),
    ),
  ).toEqual([]);
});

/** The rooms of ig/ that each may know, the lowest first; its loose files are everybody's. */
const igRooms: [string, string[]][] = [
  ['rest', []],
  ['stream', ['rest']],
  ['prices', ['rest', 'stream']],
  ['accounts', ['rest', 'stream']],
];
test.each(igRooms)('of the rooms of ig, %s knows only %j', (room, allowed) => {
  const roomOf = (file: string) => /^server\/ig\/([^/]+)\//.exec(file)?.[1];
  const inside = all.filter(({ from }) => roomOf(from) === room);
  expect(inside.length, 'a room that is gone needs no rule').toBeGreaterThan(0);
  const broken = inside.filter(({ to }) => {
    const there = roomOf(to);
    return there !== undefined && there !== room && !allowed.includes(there);
  });
  expect(sentence(broken)).toEqual([]);
});

test('every module with procedures stands in the one list, server/api/router.ts', () => {
  const listed = all.filter(({ from }) => from === 'server/api/router.ts').map(({ to }) => to);
  const routers = sources.filter((file) => /^server\/modules\/[^/]+\/router\.ts$/.test(file));
  expect(routers.length).toBeGreaterThan(0);
  expect(routers.filter((file) => !listed.includes(file.replace(/router\.ts$/, 'index.ts')))).toEqual([]);
});

test('what compose builds does not know compose: only main/ and scripts/ import it', () => {
  const broken = all.filter(
    ({ from, to }) =>
      within('server/compose')(to) && !within('server/compose', 'server/main', 'scripts')(from),
  );
  expect(sentence(broken)).toEqual([]);
});

test('a file whose first line says Pure or No I/O imports none, by whatever way; nor do shared/ and the simulator’s engine', () => {
  const calculates = ['zod', 'decimal.js', 'node:crypto', 'otpauth', 'regexparam'];
  const saysPure = (file: string) =>
    /\bpure\b|\bno I\/O\b/i.test(readFileSync(path.join(root, file), 'utf8').split('\n', 1)[0]!);
  const pure = sources.filter(
    (file) => within('shared', 'server/ig-simulator/engine')(file) || saysPure(file),
  );
  expect(pure).toContain('server/modules/trading/deals/rules.ts');
  const imports = Map.groupBy(
    all.filter(({ typeOnly }) => !typeOnly),
    ({ from }) => from,
  );
  /** The packages that `file` brings into a process, by whatever way, and which are more than calculation. */
  const reached = (file: string, seen: Set<string>): string[] => {
    if (seen.has(file)) return [];
    seen.add(file);
    return (imports.get(file) ?? []).flatMap((entry) =>
      local(entry) ? reached(entry.to, seen) : calculates.includes(entry.to) ? [] : sentence([entry]),
    );
  };
  const broken = pure.flatMap((file) => {
    const [first] = reached(file, new Set());
    return first === undefined ? [] : [`${file}: ${first}`];
  });
  expect(broken).toEqual([]);
});

test('nobody reads process.env but main/ and scripts/', () => {
  const readers = sources.filter(
    (file) =>
      !within('server/main', 'scripts', 'examples')(file) &&
      /\bprocess\.env\b/.test(readFileSync(path.join(root, file), 'utf8').replaceAll(/\/\/.*$/gm, '')),
  );
  expect(readers).toEqual([]);
});

test('time, chance and ids arrive as arguments: no Date.now(), Math.random() or randomUUID() below compose', () => {
  const offenders = sources.filter(
    (file) =>
      within('server')(file) &&
      !within('server/lib', 'server/main', 'server/compose')(file) &&
      /\bDate\.now\(|\bMath\.random\(|\brandomUUID\(|new Date\(\)/.test(
        readFileSync(path.join(root, file), 'utf8').replaceAll(/\/\/.*$/gm, ''),
      ),
  );
  expect(offenders).toEqual([]);
});

test('what deals leaves by one door: the rest of server/ig reads, and logs in', () => {
  const saying = (pattern: RegExp) =>
    sources.filter(
      (file) => within('server')(file) && pattern.test(readFileSync(path.join(root, file), 'utf8')),
    );
  expect(saying(/\.sendOnce\(/)).toEqual(['server/ig/accounts/dealing.ts']);
  expect(saying(/(?<!function )createDealing\(/)).toEqual(['server/compose/money.ts']);
  expect(saying(/(?<!function )walkContract\(/)).toEqual(['server/compose/contract.ts']);
  expect(saying(/\bmethod: '(POST|PUT|DELETE)'/).filter(within('server/ig'))).toEqual([
    'server/ig/accounts/door.ts', // POST /session
    'server/ig/accounts/examine.ts', // POST /session
    'server/ig/accounts/send-once.ts',
    'server/ig/accounts/simulator-admin.ts', // our own simulator's users and faults
    'server/ig/accounts/wires.ts', // what sendOnce sends
    'server/ig/contract/walk.ts', // for a command, on demo accounts: compose/contract.ts refuses a live one
    'server/ig/rest/session.ts', // POST /session, its renewal
  ]);
});

test('no circle in the imports, those of types alone included', () => {
  const graph = new Map<string, string[]>();
  for (const { from, to } of all) if (sources.includes(to)) graph.set(from, [...(graph.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, trail: string[]) => {
    if (trail.includes(file))
      return void circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  expect(circles).toEqual([]);
});

test('Prettier formats every file, and no line asks it not to', () => {
  const mark = ['prettier', 'ignore'].join('-');
  const formatted = globSync('**/*.{ts,tsx,js,mjs,cjs,json,css,html,yml,yaml}', {
    cwd: root,
    exclude: (name) => ['node_modules', 'dist', 'coverage'].includes(name) || name.startsWith('.'),
  });
  expect(formatted).toEqual(expect.arrayContaining([...files, 'package.json']));
  expect(formatted.filter((file) => readFileSync(path.join(root, file), 'utf8').includes(mark))).toEqual([]);
});

test('every source file opens with a sentence that says what lives here', () => {
  const silent = sources.filter(
    (file) =>
      !/config\.ts$|vite-env/.test(file) &&
      !/^(#!.*\n)?(\/\/|\/\*)/.test(readFileSync(path.join(root, file), 'utf8')),
  );
  expect(silent).toEqual([]);
});
