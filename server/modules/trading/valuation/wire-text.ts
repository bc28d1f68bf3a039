// The text of valuations on a tRPC socket: what superjson would write, made in slices, so that the largest holds up nobody. Sends nothing.
import type { Position, ValuationMessage } from '../../../../shared/trading.ts';
import { inSlices } from '../../../lib/slices.ts';

/** Positions written in one turn of the event loop: some 4 µs each. */
const writtenAtOnce = 200;

/** `{"json":…,"meta":…}` of a message, as superjson serialises it: byte for byte the same. */
export async function valuationText(message: ValuationMessage): Promise<string> {
  const [list, positions] =
    'positions' in message ? ['positions', message.positions] : ['changed', message.changed];
  const texts: string[] = [];
  const dates = ['"summary.at":["Date"]', '"summary.asOf":["Date"]'];
  await inSlices(positions as readonly Position[], writtenAtOnce, (position) => {
    dates.push(`"${list}.${texts.length}.openedAt":["Date"]`);
    texts.push(JSON.stringify(position));
  });
  const rest =
    'positions' in message ? '' : `,"closed":${JSON.stringify(message.closed)},"pending":${message.pending}`;
  return `{"json":{"summary":${JSON.stringify(message.summary)},"${list}":[${texts.join()}]${rest}},"meta":{"values":{${dates.join()}},"v":1}}`;
}
