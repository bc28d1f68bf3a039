// Bodies of requests as JSON whose numbers stay as the client wrote them. Knows no field.
import { IgError } from './endpoint.ts';

/** A number of a body as it was written: no price or size passes through a float. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The object that `text` is. Throws IG's 400 codes, which call it by `name`. */
export function parseBody(text: unknown, name: string): Record<string, unknown> {
  const absent = () => new IgError(400, `validation.null-not-allowed.${name}`);
  if (typeof text !== 'string' || text.trim() === '') throw absent();
  let value: unknown;
  try {
    value = JSON.parse(text, (_key, each: unknown, context?: { source?: string }) =>
      typeof each === 'number' ? new NumberText(context!.source!) : each,
    );
  } catch {
    throw new IgError(400, 'invalid request');
  }
  if (value === null) throw absent();
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof NumberText)
    throw new IgError(400, 'invalid request');
  return value as Record<string, unknown>;
}
