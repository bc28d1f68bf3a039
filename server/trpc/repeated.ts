// What is refused of a JSON text before its value is used: a name that stands twice in one object, of whose values one would be dropped without a word, and more depth than any input has.
import { AppError } from '../lib/app-error.ts';
import { isDeeperThan } from '../lib/json-depth.ts';
import { repeatedName } from '../lib/repeated-name.ts';
import { nameOf } from './problems.ts';

/** How often something was written that is read once. */
export const givenTimes = (times: number): string =>
  `is given ${times === 2 ? 'twice' : `${times} times`}: write it once`;

/** Lists and objects in each other: twice as many as the deepest input has with its envelope and a batch around it. */
const maxDepth = 20;

/** Throws request.malformed for a text that is too deep, request.invalid that names a field given twice, without the envelope around it. */
export function refuseMisread(json: string): void {
  if (isDeeperThan(json, maxDepth))
    throw new AppError('request.malformed', {
      message: `The JSON is more than ${maxDepth} levels deep: write the fields as the call has them.`,
    });
  const path = repeatedName(json);
  if (!path) return;
  const envelope = path.indexOf('json');
  const field = envelope === path.length - 1 ? path : path.slice(envelope + 1);
  throw new AppError('request.invalid', { fields: { [nameOf(field)]: givenTimes(2) } });
}
