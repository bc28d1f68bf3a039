// What PostgreSQL's text cannot hold is refused at the one door of every face, whatever field it is in.
import { AppError } from '../lib/app-error.ts';

/**
 * Throws request.invalid that names the field of a checked input which no text in PostgreSQL can hold: the character NUL, or half of a
 * surrogate pair.
 */
export function refuseUnstorable(input: unknown, path = ''): void {
  if (typeof input === 'string') {
    const problem = input.includes('\0')
      ? 'may not hold the character NUL'
      : input.isWellFormed()
        ? undefined
        : 'must be well-formed Unicode: half of a surrogate pair is no character';
    if (problem) throw new AppError('request.invalid', { fields: { [path || '(input)']: problem } });
  } else if (Array.isArray(input)) {
    for (const [index, each] of input.entries()) refuseUnstorable(each, `${path}[${index}]`);
  } else if (typeof input === 'object' && input !== null) {
    for (const [name, each] of Object.entries(input))
      refuseUnstorable(each, path === '' ? name : `${path}.${name}`);
  }
}
