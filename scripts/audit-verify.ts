// `npm run audit-verify`: holds the sealed audit log against its hashes, while servers run or not.
import { verifyAudit, type AuditReport, type Expected } from '../server/modules/audit/index.ts';
import { runCommand, UsageError } from './command.ts';
import { withInstallation } from './installation.ts';
import { plain } from './plain-text.ts';

/** Each place with its hash; two hashes of one place cannot both be right. */
function readExpected(texts: readonly string[]): Expected[] {
  const all = texts.map((text) => {
    const [, place = '', hash = ''] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text) ?? [];
    if (!hash || Number(place) === 0)
      throw new UsageError(`--expect ${text} is no place with its hash, such as 128:9f86d0…, of 64 digits`);
    return { place: Number(place), hash: hash.toLowerCase() };
  });
  const twice = all.find(({ place }, index) => all.findIndex((each) => each.place === place) !== index);
  if (twice) throw new UsageError(`--expect names place ${twice.place} twice`);
  return all;
}

const count = (n: number, what: string) => `${n.toLocaleString('en-GB')} ${n === 1 ? 'row' : 'rows'} ${what}`;

function print({ ok, sealed, unsealed, cut, newest, findings, more }: AuditReport): void {
  for (const { message } of findings) console.log(plain(message));
  if (more > 0) console.log(`and ${more.toLocaleString('en-GB')} findings more`);
  console.log(
    `${ok ? 'whole' : 'NOT WHOLE'}: ${count(sealed, 'sealed')}, ${count(unsealed, 'not sealed yet')}, ${count(cut, 'removed past their time')}`,
  );
  if (newest) console.log(`newest ${newest.place}:${newest.hash}`);
}

await runCommand({
  name: 'audit-verify',
  about: `Holds the audit log against its hashes, and names each row that was altered or is missing. FTrader may run or not; nothing is
changed. Whoever may write to the database may also write the whole end of the log anew, with hashes that fit: that is found
only by a hash that was kept elsewhere. The workers log one with every sealing, and this command prints the newest; note it,
and hand it over later:
  npm run audit-verify -- --expect 128:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
Exit code: 0 the log is whole, 1 it is not, 2 called wrongly.`,
  flags: {
    expect: {
      type: 'string',
      hint: 'PLACE:HASH',
      multiple: true,
      about: 'what was printed or logged before; may be given several times',
    },
  },
  async run({ values, json }) {
    const expected = readExpected(values.expect ?? []);
    const report = await withInstallation(({ ground }) => verifyAudit(ground.database, expected));
    if (json) console.log(JSON.stringify(report));
    else print(report);
    return report.ok ? 0 : 1;
  },
});
