// What is wrong with the fields of a request, as one sentence. No trading word lives here.

/** Fields a sentence names; the others are counted. */
const maxNamed = 3;

/** `size must be text: write "1"; epic is required.` Each problem reads on from its field's name; `(body)` and `(input)` are all of it. */
export function sentenceOf(fields: Record<string, string>): string {
  const all = Object.entries(fields).map(
    ([name, problem]) => `${name.replace(/^\((body|input)\)$/, 'the $1')} ${problem}`,
  );
  const more = all.length - maxNamed;
  const said = [...all.slice(0, maxNamed), ...(more > 0 ? [`see fields for ${more} more`] : [])].join('; ');
  return said.replace(/^the (?=(body|input) )/, 'The ').replace(/[^.?]$/, '$&.');
}
