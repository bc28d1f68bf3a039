// The types of the client kit in one file that needs nothing of the server: every type is written out by the compiler, and the long ones that have a name are named.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { z } from 'zod';
import { restTable } from '../server/api/router.ts';

const root = path.resolve(import.meta.dirname, '..');
const door = path.join(root, 'client/index.ts');

/** Names that others may import from @trpc/server; what stands under them is theirs. */
const fromTrpc = /import\("@trpc\/server"\)\.(\w+)/g;
/** What only the server knows of a call: to a client these are any objects. */
const serversOwn = /import\("[^"]*"\)\.(?:Context|ProcedureMeta)\b/g;
/** tRPC's pair of an event and its id, which it exports under a name that it asks nobody to import. */
const trackedData = /import\("@trpc\/server\/unstable-core-do-not-import"\)\.TrackedData</g;

/** Below this a name says less than the type itself. */
const shortestNamed = 12;

interface Named {
  name: string;
  /** The name with its parameters and their defaults. */
  declared: string;
  /** Where the compiler finds it. */
  found: string;
  /** A comment, or nothing. */
  about: string;
  /** What the schema says of its fields. */
  fields: Readonly<Record<string, string>>;
}

/** Stands in every procedure's type. */
const errorShape: Named = {
  name: 'ErrorShape',
  declared: 'ErrorShape',
  found: "ReturnType<typeof createAppRouter>['_def']['_config']['$types']['errorShape']",
  about: '/** What tRPC carries of a failed call; `errorOf` gives its `data`. */\n',
  fields: {},
};

/** The text of `index.d.ts`. Throws when something of the server would be left in it. */
export async function clientTypes(): Promise<string> {
  const source = readFileSync(door, 'utf8');
  const named = await typesBehind(source);
  const emitted = compile(named);
  const text = new Map(
    emitted.shapes
      .split(/^export declare const /m)
      .slice(1)
      .map((each) => {
        const [, name, type] = /^(\w+): ([\s\S]*);/.exec(each)!;
        return [name!, plain(type!)];
      }),
  );
  const given = (name: string) => {
    const found = text.get(name);
    if (found === undefined) throw new Error(`the compiler wrote nothing for ${name}`);
    return found;
  };
  // The longest first, so that what is made of others is found before its parts are named.
  const names = named
    .map(({ name }) => ({ name, text: given(name) }))
    .filter(({ text }) => text.length > shortestNamed)
    .sort((a, b) => b.text.length - a.text.length);
  const withNames = (type: string, own?: string) =>
    names
      .filter(({ name, text }) => name !== own && text !== type)
      .reduce((sum, { name, text }) => sum.replaceAll(text, name), type);
  const types = named.map(
    ({ name, declared, about, fields }) =>
      `${about}export type ${declared} = ${withFields(withNames(given(`${name}_`), name), fields)};`,
  );
  const body = [
    ...types,
    '/** An event of a stream that can be resumed after its `id`. */\nexport interface Tracked<Data> { id: string; data: Data }',
    `/** Every procedure with its input and output: for \`createTRPCClient\`, \`inferRouterInputs\`, \`createTRPCContext\` and their like. */`,
    `export type AppRouter = ${withSummaries(withNames(given('AppRouter')))};`,
    ...emitted.kit.map(({ body }) => body),
  ].join('\n');
  const imports = new Map<string, Set<string>>();
  const addImport = (from: string, name: string) =>
    imports.set(from, (imports.get(from) ?? new Set()).add(name));
  const written = body.replace(fromTrpc, (_, name: string) => (addImport('@trpc/server', name), name));
  for (const [from, each] of emitted.kit.flatMap(({ imports }) => imports)) addImport(from, each);
  const head = [...imports].map(
    ([from, each]) => `import type { ${[...each].sort().join(', ')} } from '${from}';`,
  );
  const left = written.split('\n').find((line) => /import\(|from '\.|typeof (?!WebSocket)/.test(line));
  if (left)
    throw new Error(
      `the client's types would need the server: ${left.trim()} (a type that stands alone must be told by client/index.ts)`,
    );
  return format(`${head.join('\n')}\n${written}`, {
    parser: 'typescript',
    singleQuote: true,
    printWidth: 110,
  });
}

/** The types that the door hands on from shared/, each with what is said of it there. */
async function typesBehind(source: string): Promise<Named[]> {
  const named: Named[] = [errorShape];
  for (const [, list, file] of source.matchAll(/^export type \{([^}]+)\} from '(\.\.\/shared\/[^']+)';$/gm)) {
    const at = path.join(root, 'client', file!);
    const declarations = readFileSync(at, 'utf8');
    const values = (await import(at)) as Record<string, unknown>;
    for (const name of list!.split(',').map((each) => each.trim())) {
      if (name === '') continue;
      const [, comment, parameters = ''] =
        new RegExp(
          String.raw`(?:(/\*\*(?:(?!\*/)[\s\S])*\*/)\n)?export (?:const|type|interface) ${name}\b(<[^=]+=[^>]+>)?`,
        ).exec(declarations) ?? [];
      const schema = values[name];
      named.push({
        name,
        declared: `${name}${parameters}`,
        found: `kit.${name}${parameters && '<Event>'}`,
        about: comment ? `${comment}\n` : '',
        fields: schema instanceof z.ZodObject ? fieldsOf(schema) : {},
      });
    }
  }
  return named;
}

/** What each field is said to be; not what any decimal or instant is. */
const fieldsOf = ({ shape }: z.ZodObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(shape as Record<string, z.ZodType>).flatMap(([field, schema]) => {
      const { id, description } = schema.meta() ?? {};
      return description && !id ? [[field, description]] : [];
    }),
  );

/** An object type, a line for each field, with a comment above those of which something is said. */
function withFields(type: string, fields: Named['fields']): string {
  let depth = 0;
  const lines = type.split('\n').map((line) => {
    const field = depth === 1 ? /^(\w+)\??: /.exec(line)?.[1] : undefined;
    depth += line.split('{').length - line.split('}').length;
    const about = field === undefined ? undefined : fields[field];
    return about ? `/** ${about} */\n${line}` : line;
  });
  return lines.join('\n');
}

/** What tsc writes: for each name its type as it is and (`NAME_`) one level written out, and the kit's own modules. */
function compile(named: Named[]) {
  mkdirSync(path.join(root, 'node_modules'), { recursive: true });
  const scratch = mkdtempSync(path.join(root, 'node_modules/.client-types-'));
  const at = (file: string) => path.join(scratch, file);
  try {
    writeFileSync(
      at('shapes.ts'),
      [
        `import type * as kit from '../../client/index.ts';`,
        `import type { createAppRouter } from '../../server/api/router.ts';`,
        `type Whole<T> = T extends Date | string | Event ? T : T extends unknown ? { [K in keyof T]: T[K] } : never;`,
        `declare function shape<T>(): T;`,
        `declare function whole<T>(): Whole<T>;`,
        `declare function made<T>(by: (...from: never[]) => T): T;`,
        `declare const create: typeof createAppRouter;`,
        // Stands for the parameter of a generic type, which it has the name of.
        `interface Event { readonly event: never }`,
        ...named.flatMap(({ name, found }) => [
          `export const ${name} = shape<${found}>();`,
          `export const ${name}_ = whole<${found}>();`,
        ]),
        `export const AppRouter = made(create);`,
      ].join('\n'),
    );
    writeFileSync(
      at('tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        compilerOptions: {
          noEmit: false,
          declaration: true,
          emitDeclarationOnly: true,
          noCheck: true, // of the whole server, which is a gate of its own
          rootDir: '../..',
          outDir: 'out',
        },
        include: [],
        files: ['shapes.ts'],
      }),
    );
    const done = spawnSync(path.join(root, 'node_modules/.bin/tsc'), ['-p', scratch], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    if (done.status !== 0) throw new Error(`tsc failed:\n${done.stdout}${done.stderr}`);
    const out = (file: string) => readFileSync(path.join(scratch, 'out', file), 'utf8');
    return {
      shapes: out(path.relative(root, at('shapes.d.ts'))).replace(/^export \{\};\n/m, ''),
      kit: modulesBehind(out('client/index.d.ts')).map((file) => moduleOf(out(file))),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The modules whose values the door hands on, and the kit's own types. */
const modulesBehind = (index: string): string[] =>
  [...index.matchAll(/^export (?:\{[^}]+\} from '(\.[^']+)|type \{[^}]+\} from '(\.\/[^']+))\.ts';$/gm)].map(
    ([, file, ownTypes]) => path.posix.join('client', `${file ?? ownTypes}.d.ts`),
  );

/** A module's declarations without its imports; of these, the ones from packages: [from, name]. */
function moduleOf(text: string) {
  const statement = /^import (?:type )?\{([^}]+)\} from '([^']+)';\n/gm;
  return {
    body: text.replace(statement, '').replace(/^export \{\};\n/m, ''),
    imports: [...text.matchAll(statement)]
      .filter(([, , from]) => !from!.startsWith('.'))
      .flatMap(([, list, from]) =>
        list!.split(',').map((name) => [from!, name.replace(/^ *type /, '').trim()] as const),
      ),
  };
}

/** A type as the compiler wrote it, without indentation and without what only the server knows. */
const plain = (type: string) =>
  type
    .replace(/^ +/gm, '')
    .replaceAll(serversOwn, 'object')
    .replaceAll(trackedData, 'Tracked<')
    .replaceAll(/\b(?:kit\.|import\("[^"]*\/index\.ts"\)\.)/g, '');

/** Each procedure with the sentence that the documents have of it. */
function withSummaries(router: string): string {
  let module = '';
  return router.replaceAll(
    /^(\w+): import\("@trpc\/server"\)\.TRPC(BuiltRouter|\w+Procedure)</gm,
    (line, name: string, what: string) => {
      if (what === 'BuiltRouter') module = name;
      const summary = restTable.find(({ procedure }) => procedure === `${module}.${name}`)?.summary;
      return summary ? `/** ${summary} */\n${line}` : line;
    },
  );
}

// As a gate: what fails here would fail the package.
if (import.meta.main) await clientTypes();
