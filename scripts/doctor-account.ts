// `npm run doctor -- --account ID`: one connected account at its broker, each finding with what mends it; and with --contract what IG answers, compared and written down.
import { writeFileSync } from 'node:fs';
import { doctorAccount } from '../server/compose/account-doctor.ts';
import { prepareContract, walkBroker } from '../server/compose/contract.ts';
import { isGrave, reportText } from '../server/ig/index.ts';
import { createKeyring } from '../server/lib/seal.ts';
import { ask } from './ask.ts';
import { printCheck, type Check } from './checks.ts';
import { withInstallation } from './installation.ts';
import { readKeys } from './keys.ts';

/** All checks, each shown as it is made unless `quiet`. Throws Error, in words, when there is no such account here. */
export const checkAccount = (id: string, { quiet }: { quiet: boolean }): Promise<Check[]> =>
  withInstallation(async ({ ground, config, dataDir }) => {
    const keyring = createKeyring(() => readKeys(config, dataDir).keys);
    const checks: Check[] = [];
    for await (const { what, ...finding } of doctorAccount(ground, { config, keyring }, id)) {
      const check = { name: what, required: true, ...finding };
      checks.push(check);
      if (!quiet) printCheck(check);
    }
    return checks;
  });

/**
 * Walks all that FTrader uses of IG on a demo account, and writes what differs from the simulator to NAME.json and NAME.md. Asks first
 * unless `yes`. Gives whether nothing differs that FTrader reads. Throws Error, in words, before anything is dealt.
 */
export const checkContract = (
  id: string,
  {
    epic,
    yes,
    name,
    json,
  }: { epic: string | undefined; yes: boolean; name: string | undefined; json: boolean },
): Promise<boolean> =>
  withInstallation(async ({ ground, config, dataDir }) => {
    const keyring = createKeyring(() => readKeys(config, dataDir).keys);
    const prepared = await prepareContract(ground, { config, keyring }, { id, epic });
    const { account } = prepared;
    if (!yes) {
      const question = `This opens a position of the smallest size in ${prepared.epic} on ${account.name} (${account.environment} ${account.brokerAccountId}) and closes it, and places an order far below the market and takes it away. Type yes: `;
      const [answer] = await ask([question], { instead: 'say --yes' });
      if (answer?.trim() !== 'yes') throw new Error('nothing was done');
    }
    const report = await walkBroker(ground, prepared, (step) => json || console.log(`… ${step}`));
    const base = name ?? `ig-contract-${report.at.slice(0, 10)}`;
    const files = [`${base}.json`, `${base}.md`];
    writeFileSync(files[0]!, `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(files[1]!, reportText(report));
    const { holds, leftOpen, differences } = report;
    const grave = differences.filter(isGrave).length;
    if (json) console.log(JSON.stringify({ ok: holds && !leftOpen, files, leftOpen, differences }));
    else {
      console.log(
        `${holds ? '✔ all that FTrader reads is as expected' : `✘ ${grave} ${grave === 1 ? 'difference' : 'differences'} may break FTrader`}: ${files.join(', ')}`,
      );
      if (leftOpen)
        console.log(
          `✘ the position or the order may still be there\n    → look on IG's platform, and close it there`,
        );
    }
    return holds && !leftOpen;
  });

/** Ends once all that was printed is out: the streaming SDK leaves a timer that would keep the process. */
export async function endProcess(code: number): Promise<never> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  process.exit(code);
}
