// TLCP text: requests in, encoded values, deltas and messages out. No session state.

/** One request: its name and, per line of a batch, its parameters. */
export interface TlcpRequest {
  name: string;
  lines: URLSearchParams[];
}

/** Splits a WebSocket frame or an HTTP body (whose name is in the path). Never throws; stray `%` stay as they are. */
export function parseLines(text: string): URLSearchParams[] {
  return text
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => new URLSearchParams(line));
}
export function parseRequest(frame: string): TlcpRequest {
  const [name = '', ...rest] = frame.split('\r\n');
  const lines = parseLines(rest.join('\r\n'));
  return { name: name.trim(), lines: lines.length > 0 ? lines : [new URLSearchParams()] };
}

const escapes: Record<string, string> = {
  '%': '%25',
  '|': '%7C',
  '\r': '%0D',
  '\n': '%0A',
  '#': '%23',
  $: '%24',
  '^': '%5E',
};
const escape = (found: string) => escapes[found]!;

/** Most values need no escape: one look is cheaper than two replacements. */
const special = /^[#$^]|[%|\r\n]/;

/** One field value: null is `#`, empty `$`. */
export function encodeValue(value: string | null): string {
  if (value === null) return '#';
  if (value === '') return '$';
  return special.test(value) ? value.replace(/[%|\r\n]/g, escape).replace(/^[#$^]/, escape) : value;
}

/** The values of a `U` line: all of them the first time, later only what differs from `before` (runs of three or more as `^N`). */
export function encodeValues(
  values: readonly (string | null)[],
  before: readonly (string | null)[] | undefined,
): string {
  if (!before) return values.map(encodeValue).join('|');
  const tokens: string[] = [];
  let same = 0;
  const close = () => {
    if (same > 2) tokens.push(`^${same}`);
    else for (let i = 0; i < same; i++) tokens.push('');
    same = 0;
  };
  values.forEach((value, i) => {
    if (value === before[i]) return same++;
    close();
    tokens.push(encodeValue(value));
  });
  close();
  return tokens.join('|');
}

/** The text argument of CONERR, END, REQERR, ERROR. */
export const encodeText = (text: string) =>
  text.replace(/[%,\r\n]/g, (found) => (found === ',' ? '%2C' : escape(found)));
