// What an answer is made of, without any of its values: the kinds of value at each path. Pure: no secret, name or figure can be in it.

/** Path (`positions[].market.epic`) to the kinds of value seen there, sorted; of all entries of a list together. */
export type Shape = Record<string, string[]>;

/** One call or stream item, as it was answered. */
export interface Observed {
  /** What was tried, for people; unique in a walk. */
  step: string;
  call: string;
  /** Null: no answer. */
  status: number | null;
  /** IG's errorCode, where there was one. */
  code: string | null;
  /** Names of the headers that were looked for and there. */
  headers: string[];
  shape: Shape;
}

const instant = /^\d{4}[-/]\d\d[-/]\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/;
const textKind = (text: string) => (instant.test(text) ? 'text of a time' : 'text');
const kindOf = (value: unknown): string =>
  value === null ? 'null' : typeof value === 'string' ? textKind(value) : typeof value;

export function shapeOf(body: unknown): Shape {
  const kinds = new Map<string, Set<string>>();
  const note = (path: string, kind: string) => kinds.set(path, (kinds.get(path) ?? new Set()).add(kind));
  function visit(path: string, value: unknown) {
    if (Array.isArray(value)) {
      note(path, value.length === 0 ? 'empty list' : 'list');
      for (const each of value) visit(`${path}[]`, each);
    } else if (typeof value === 'object' && value !== null) {
      note(path, 'object');
      for (const [key, each] of Object.entries(value)) visit(path === '' ? key : `${path}.${key}`, each);
    } else note(path, kindOf(value));
  }
  visit('', body);
  return Object.fromEntries([...kinds].map(([path, all]) => [path, [...all].sort()]));
}

/** What a field of a stream holds: each is a text on the wire. */
export function streamKind(value: string | null): string {
  if (value === null || value === '') return 'nothing';
  if (/^\d{13}$/.test(value)) return 'milliseconds';
  if (/^-?\d+(\.\d+)?$/.test(value)) return 'number';
  if (/^[[{]/.test(value)) return 'JSON';
  return 'word';
}

export type DifferenceKind = 'status' | 'code' | 'header' | 'missing' | 'new' | 'type' | 'null' | 'not seen';
export interface Difference {
  step: string;
  call: string;
  kind: DifferenceKind;
  /** Where in the answer; empty for the whole. */
  path: string;
  expected: string;
  found: string;
}
/** What breaks a reader of ours, as against what is only worth knowing. */
export const isGrave = ({ kind }: Difference): boolean =>
  kind !== 'new' && kind !== 'null' && kind !== 'not seen';

const silent = (kinds: readonly string[]) => kinds.filter((kind) => kind !== 'null' && kind !== 'nothing');

function shapeDifferences(expected: Shape, found: Shape): Omit<Difference, 'step' | 'call'>[] {
  /** Below a list that is empty, or a value that is null, on one side nothing can be compared. */
  const isHidden = (path: string, shape: Shape) =>
    Object.entries(shape).some(
      ([above, kinds]) =>
        path !== above &&
        (above === '' || path.startsWith(`${above}[]`) || path.startsWith(`${above}.`)) &&
        (kinds.includes('empty list') || kinds.includes('null')) &&
        !kinds.includes('list') &&
        !kinds.includes('object'),
    );
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].flatMap(
    (path): Omit<Difference, 'step' | 'call'>[] => {
      const [before, now] = [expected[path], found[path]];
      const told = {
        path,
        expected: before?.join(' or ') ?? 'nothing',
        found: now?.join(' or ') ?? 'nothing',
      };
      if (!now) return isHidden(path, found) ? [] : [{ kind: 'missing', ...told }];
      if (!before) return isHidden(path, expected) ? [] : [{ kind: 'new', ...told }];
      const [wanted, got] = [silent(before), silent(now)];
      if (wanted.length > 0 && got.length > 0)
        return got.every((kind) => wanted.includes(kind) || isListOf(kind, wanted))
          ? []
          : [{ kind: 'type', ...told }];
      return before.join() === now.join() ? [] : [{ kind: 'null', ...told }];
    },
  );
}
/** A list may be empty today. */
const isListOf = (kind: string, wanted: readonly string[]) =>
  kind.endsWith('list') && wanted.some((each) => each.endsWith('list'));

/** Where `found` is not as `expected`, step by step. */
export function compare(expected: readonly Observed[], found: readonly Observed[]): Difference[] {
  const byStep = new Map(found.map((each) => [each.step, each]));
  return expected.flatMap((want): Difference[] => {
    const { step, call } = want;
    const got = byStep.get(step);
    if (!got) return [{ step, call, kind: 'not seen', path: '', expected: 'an answer', found: 'not tried' }];
    const of = (each: Omit<Difference, 'step' | 'call'>): Difference => ({ step, call, ...each });
    const said = (value: number | string | null) => (value === null ? 'none' : String(value));
    if (want.status !== got.status)
      return [
        of({
          kind: 'status',
          path: '',
          expected: said(want.status),
          found: [said(got.status), got.code].filter(Boolean).join(' '),
        }),
      ];
    if (want.code !== got.code)
      return [of({ kind: 'code', path: '', expected: said(want.code), found: said(got.code) })];
    return [
      ...want.headers
        .filter((name) => !got.headers.includes(name))
        .map((name) => of({ kind: 'header', path: name, expected: 'there', found: 'nothing' })),
      ...shapeDifferences(want.shape, got.shape).map(of),
    ];
  });
}
