// A letter as text and HTML, of the same paragraphs. What letters say is their modules'. Pure; no trading word lives here.

export interface LetterText {
  subject: string;
  text: string;
  html: string;
}
/** A paragraph; one that heads those below it; a code, which stands alone. */
export type Paragraph = string | { heading: string } | { code: string };

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const asText = (part: Paragraph) =>
  typeof part === 'string' ? part : 'code' in part ? `    ${part.code}` : part.heading;
const asHtml = (part: Paragraph) =>
  typeof part === 'string'
    ? `<p>${escape(part)}</p>`
    : 'code' in part
      ? `<pre>${escape(part.code)}</pre>`
      : `<h3>${escape(part.heading)}</h3>`;

export const letterOf = (subject: string, paragraphs: readonly Paragraph[]): LetterText => ({
  subject,
  text: `${paragraphs.map(asText).join('\n\n')}\n`,
  html: paragraphs.map(asHtml).join('\n'),
});

/** `2026-01-05 09:00:00 UTC` */
export const utcText = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
