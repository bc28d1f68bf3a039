// Questions on the terminal, and passwords: typed unseen, or read from standard input. Never an argument, which a shell remembers and `ps` shows.
import { UsageError } from './command.ts';

const keys = { enter: '\r\n\u0004', backspace: '\b\u007f', cancel: '\u0003', clear: '\u0015' };

/** A line from the terminal for each question. `hidden`: nothing typed is shown, also not what comes ahead of its question. Throws UsageError without a terminal. */
export async function ask(
  questions: readonly string[],
  { hidden = false, instead }: { hidden?: boolean; instead: string },
): Promise<string[]> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) throw new UsageError(`there is no terminal to ask on; ${instead}`);
  stdin.setRawMode(true).setEncoding('utf8');
  stderr.write(questions[0]!);
  try {
    return await new Promise<string[]>((resolve, reject) => {
      const answers: string[] = [];
      let line = '';
      stdin.on('data', (text: string) => {
        for (const key of text) {
          if (key === keys.cancel) return reject(new Error('cancelled'));
          if (keys.enter.includes(key)) {
            answers.push(line);
            if (answers.length === questions.length) return resolve(answers);
            line = '';
            stderr.write(`\n${questions[answers.length]!}`);
          } else if (key === keys.clear) line = '';
          else if (keys.backspace.includes(key)) line = [...line].slice(0, -1).join('');
          else if (!/\p{Cc}/u.test(key)) line += key;
          if (!hidden) stderr.write(`\r\u001b[K${questions[answers.length]!}${line}`);
        }
      });
    });
  } finally {
    stdin.removeAllListeners('data').setRawMode(false).pause();
    stderr.write('\n');
  }
}

const fromStdin = async (): Promise<string> => {
  if (process.stdin.isTTY)
    throw new UsageError('--password-stdin reads what is piped in, and this is a terminal');
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  const password = text.replace(/\r?\n$/, '');
  if (/[\r\n]/.test(password))
    throw new UsageError('what is piped in has several lines, and a password is one; nothing was changed');
  return password;
};

export const passwordFlag = {
  'password-stdin': { type: 'boolean', about: 'read the password from standard input' },
} as const;

/** A new password: from standard input, from the environment where that is given, or typed twice. */
export async function askNewPassword(
  { 'password-stdin': piped = false }: { 'password-stdin'?: boolean },
  given?: { variable: string; value: string | undefined },
): Promise<string> {
  if (piped) return fromStdin();
  if (given?.value) return given.value;
  const instead = `pipe the password in with --password-stdin${given ? `, or set ${given.variable}` : ''}`;
  const [password, again] = await ask(['New password: ', 'The same again: '], { hidden: true, instead });
  if (again !== password) throw new Error('the two are not the same; nothing was changed');
  return password!;
}
