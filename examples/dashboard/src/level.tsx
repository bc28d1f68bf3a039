// A level as traders read it: thousands apart, the digits that move (the last two down to the pip) larger than the rest. Its text is whole.
import { levelText, missing, pipDigits } from './format.ts';

export function Level({
  text,
  scalingFactor,
}: {
  text: string | null | undefined;
  scalingFactor: string | undefined;
}) {
  if (text === null || text === undefined) return missing;
  const shown = levelText(text);
  const pips = pipDigits(shown, scalingFactor);
  if (!pips) return shown;
  return (
    <>
      {shown.slice(0, pips.from)}
      <b className="pips">{shown.slice(pips.from, pips.to)}</b>
      {shown.slice(pips.to)}
    </>
  );
}
