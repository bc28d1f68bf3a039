// `npm run doctor -- --account ID`: one connected account at its broker, each finding with what mends it. Deals nothing.
import { doctorAccount } from '../server/compose/account-doctor.ts';
import { createKeyring } from '../server/lib/seal.ts';
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

/** Ends once all that was printed is out: the streaming SDK leaves a timer that would keep the process. */
export async function endProcess(code: number): Promise<never> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  process.exit(code);
}
