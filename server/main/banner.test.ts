import { expect, test } from 'vitest';
import { banner, placeOf } from './banner.ts';

const facts = {
  name: 'FTrader',
  urls: ['http://localhost:8000', 'http://192.0.2.7:8000'],
  probesUrl: undefined,
  demoLogin: null,
  hasAdministrator: false,
  data: '/data',
  problems: [],
  readyMs: 1_234,
};

test('the banner names every address and what to do next, in colours only where there are some', () => {
  const text = banner(facts, { colours: false });
  expect(text).toMatch(/Page +http:\/\/localhost:8000\/\n +http:\/\/192\.0\.2\.7:8000\/\n/);
  expect(text).toContain('npm run create-superuser -- you@example.com');
  expect(text).toContain('open the page and sign up, or make an administrator');
  expect(banner(facts, { colours: false, registration: false })).toMatch(
    /Next +make an administrator: npm run/,
  );
  const administered = { ...facts, hasAdministrator: true };
  expect(banner(administered, { colours: false })).toMatch(/Next +open the page and sign in, or sign up\n/);
  expect(banner(administered, { colours: false, registration: false })).toMatch(
    /Next +open the page and sign in\n/,
  );
  const role = banner({ ...facts, urls: [], probesUrl: 'http://localhost:8001' }, { colours: false });
  expect(role).toMatch(/Health +http:\/\/localhost:8001\/readyz {2}\(and \/livez, \/metrics\)\n/);
  expect(role).not.toContain('Next');
  expect(text).not.toContain('\u001b');
  const login = { email: 'demo@ftrader.local', password: 'x' };
  expect(banner({ ...facts, demoLogin: login, demoSeeded: true }, { colours: false })).toMatch(
    /Demo login +demo@ftrader\.local \/ x\n +with some trades, .* \(SEED_DEMO=off: without\)\n/,
  );
  const coloured = banner({ ...facts, demoLogin: login, problems: ['bus: away'] }, { colours: true });
  expect(coloured).toContain('\u001b[36mhttp://localhost:8000/\u001b[0m');
  expect(coloured).toContain('\u001b[33mis up, but not all is well\u001b[0m');
  expect(coloured).toMatch(/Next +open the page and sign in with the demo login/);
});

test('where the data lies is told without a password', () => {
  expect(placeOf('postgres://me:secret@db.example:5433/f%2Ft')).toBe(
    'PostgreSQL at db.example:5433, database f/t',
  );
  expect(placeOf('postgres://me@%2Frun%2Fpostgresql:5432/x')).toBe(
    'PostgreSQL at /run/postgresql:5432, database x',
  );
});
