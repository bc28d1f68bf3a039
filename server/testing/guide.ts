// The programs and commands of a guide in docs/, run as a reader would.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { noted } from './leftovers.ts';
import { projectRoot, temporaryFolder } from './processes.ts';

const separator = '------\n';
/** What runs a block that is a file of its own; `node` is the one that runs the tests. */
const interpreters: Readonly<Record<string, string>> = { python: 'python3', ts: 'node' };

/** A fenced block of a Markdown file. */
export interface CodeBlock {
  /** As the fence names it; empty where it names none. */
  language: string;
  code: string;
}

/** The fenced blocks of a Markdown text, in order. */
export const codeBlocks = (markdown: string): CodeBlock[] =>
  [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({
    language: language!,
    code: code!,
  }));

/** The blocks of `docs/NAME` in a language, in order. */
export const guideBlocks = (name: string, language: string): string[] =>
  codeBlocks(readFileSync(path.join(projectRoot, 'docs', name), 'utf8'))
    .filter((block) => block.language === language)
    .map(({ code }) => code);

export interface GuideOptions {
  /** Of the server, in the place of `localhost:8000`. */
  url: string;
  /** Beside that of this process. */
  env?: Record<string, string>;
  /** Which blocks are run; those of the shell, if it is left out. */
  runs?: (block: CodeBlock) => boolean;
}

/**
 * Runs the blocks of `docs/NAME` one after the other, from one shell in an empty folder: blocks of the shell as they stand, others as files of
 * their own, TypeScript with the client kit of this tree. What each block printed, in order; throws where one fails, with what it said.
 */
export async function runGuide(
  name: string,
  { url, env = {}, runs = ({ language }) => language === 'sh' }: GuideOptions,
): Promise<string[]> {
  using folder = temporaryFolder('guide');
  layKit(folder.path);
  const { host } = new URL(url);
  const steps = codeBlocks(readFileSync(path.join(projectRoot, 'docs', name), 'utf8'))
    .filter(runs)
    .map(({ language, code }, at) => {
      const there = code.replaceAll('localhost:8000', host);
      if (language === 'sh') return there;
      const file = `block-${at}.${language}`;
      writeFileSync(path.join(folder.path, file), there);
      return `${interpreters[language]} ${file}\n`;
    });
  const PATH = [path.dirname(process.execPath), process.env['PATH']].join(path.delimiter);
  const shell = noted(
    spawn('bash', ['--norc', '-euc', steps.join(`echo; echo ${separator}`)], {
      cwd: folder.path,
      env: { ...process.env, PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  const ended = new Promise<number | null>((done) => shell.once('close', done));
  const [stdout, stderr] = await Promise.all([text(shell.stdout!), text(shell.stderr!)]);
  if ((await ended) !== 0) throw new Error(`docs/${name} failed:\n${stdout}\n${stderr}`);
  return stdout.split(separator);
}

/** `@ftrader/client` as if it were installed in a folder: the kit's source, under its package's name. */
function layKit(folder: string): void {
  const kit = path.join(folder, 'node_modules/@ftrader/client');
  mkdirSync(kit, { recursive: true });
  writeFileSync(path.join(kit, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  const source = pathToFileURL(path.join(projectRoot, 'client/index.ts')).href;
  writeFileSync(path.join(kit, 'index.js'), `export * from ${JSON.stringify(source)};\n`);
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
}
