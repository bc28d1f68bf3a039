// The commands of a guide in docs/, run as a reader would.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot, temporaryFolder } from './processes.ts';

const separator = '------\n';

/** Runs the shell blocks of `docs/NAME` one after the other in one shell, against the server at `url`. What each block printed, in order; throws where a command fails. */
export async function runGuide(
  name: string,
  { url, env = {} }: { url: string; env?: Record<string, string> },
): Promise<string[]> {
  const guide = readFileSync(path.join(projectRoot, 'docs', name), 'utf8');
  const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
  const script = blocks.join(`echo; echo ${separator}`).replaceAll('localhost:8000', new URL(url).host);
  using folder = temporaryFolder('guide');
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], ...env },
  });
  return stdout.split(separator);
}
