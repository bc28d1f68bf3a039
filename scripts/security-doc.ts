// SECURITY.md as far as programs can hold it to be true: every test that it names is there, and the table of scopes is the router's own. `node scripts/security-doc.ts` writes that table.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeRouter } from '../server/api/router.ts';
import { listProcedures } from '../server/api/schemas.ts';
import { Scope } from '../shared/auth.ts';

export const securityDoc = fileURLToPath(new URL('../SECURITY.md', import.meta.url));
const [begin, end] = ['<!-- scopes: node scripts/security-doc.ts -->', '<!-- end of scopes -->'];

/** A test as the document names it: its file, and its title, or the beginning of it before `…`. */
interface NamedTest {
  file: string;
  title: string;
}
export const namedTests = (markdown: string): NamedTest[] =>
  [...markdown.matchAll(/`([^`\s]+\.test\.ts)`((?:[:,]\s+“[^”]+”)*)/g)].flatMap(([, file, titles = '']) => {
    const found = [...titles.matchAll(/“([^”]+)”/g)].map(([, title]) => ({
      file: file!,
      title: title!.replaceAll(/\s+/g, ' '),
    }));
    return found.length > 0 ? found : [{ file: file!, title: '' }];
  });

/** Those that are not there; `textOf` gives the text of a file from the root of the project, undefined where there is none. */
export const missingTests = (markdown: string, textOf: (file: string) => string | undefined): string[] =>
  namedTests(markdown)
    .filter(({ file, title }) => {
      const text = textOf(file)?.replaceAll("\\'", "'");
      const isWhole = !title.endsWith('…');
      const begun = title.replace(/…$/, '');
      return (
        text === undefined || !["'", '"', '`'].some((q) => text.includes(`${q}${begun}${isWhole ? q : ''}`))
      );
    })
    .map(({ file, title }) => `${file}: ${title || 'no title'}`);

/** Module by scope: which procedures ask for which. */
export function scopeTable(): string {
  const procedures = listProcedures(describeRouter());
  const scopes = Scope.options.filter((scope) => procedures.some((each) => each.scope === scope));
  const modules = [...new Set(procedures.map(({ name }) => name.split('.')[0]!))];
  const cell = (module: string, scope: string) =>
    procedures
      .filter(({ name, scope: asked }) => asked === scope && name.startsWith(`${module}.`))
      .map(({ name }) => name.slice(module.length + 1))
      .join(' ');
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(['', ...scopes.map((scope) => `\`${scope}\``)]),
    row(['---', ...scopes.map(() => '---')]),
    ...modules.map((module) => row([`**${module}**`, ...scopes.map((scope) => cell(module, scope))])),
  ].join('\n');
}

/** The document with the table of now. Throws where it has no place for one. */
export function withScopeTable(markdown: string): string {
  const [from, to] = [markdown.indexOf(begin), markdown.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`SECURITY.md needs the lines ${begin} and ${end}`);
  return `${markdown.slice(0, from + begin.length)}\n\n${scopeTable()}\n\n${markdown.slice(to)}`;
}

if (import.meta.main) writeFileSync(securityDoc, withScopeTable(readFileSync(securityDoc, 'utf8')));
