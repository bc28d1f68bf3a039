// The commands of a guide in docs/, run as a reader would.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot, temporaryFolder } from './processes.ts';

const separator = '------\n';

/** The code blocks of `docs/NAME` in a language, in order. */
export const guideBlocks = (name: string, language: string): string[] =>
  [
    ...readFileSync(path.join(projectRoot, 'docs', name), 'utf8').matchAll(
      new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'),
    ),
  ].map((match) => match[1]!);

/** Runs the shell blocks of `docs/NAME` one after the other in one shell, against the server at `url`. What each block printed, in order; throws where a command fails. */
export async function runGuide(
  name: string,
  { url, env = {} }: { url: string; env?: Record<string, string> },
): Promise<string[]> {
  const script = guideBlocks(name, 'sh')
    .join(`echo; echo ${separator}`)
    .replaceAll('localhost:8000', new URL(url).host);
  using folder = temporaryFolder('guide');
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], ...env },
  });
  return stdout.split(separator);
}
