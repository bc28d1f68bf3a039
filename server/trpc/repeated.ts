// A name that stands twice in one object is refused before the text is read: one of its values would be dropped without a word.
import { AppError } from '../lib/app-error.ts';
import { repeatedName } from '../lib/repeated-name.ts';
import { nameOf } from './problems.ts';

/** How often something was written that is read once. */
export const givenTimes = (times: number): string =>
  `is given ${times === 2 ? 'twice' : `${times} times`}: write it once`;

/** Throws request.invalid that names the field, without the envelope around it. */
export function refuseRepeated(json: string): void {
  const path = repeatedName(json);
  if (!path) return;
  const envelope = path.indexOf('json');
  const field = envelope === path.length - 1 ? path : path.slice(envelope + 1);
  throw new AppError('request.invalid', { fields: { [nameOf(field)]: givenTimes(2) } });
}
