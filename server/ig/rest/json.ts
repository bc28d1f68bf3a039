// Lossless JSON: numbers arrive as the text IG wrote, so that no price passes through a float.

/** `JSON.parse` whose numbers are their source text (`14147.0000`, `1.0E10`). Throws SyntaxError. */
export function parseLossless(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => (typeof value === 'number' ? context!.source : value));
}
