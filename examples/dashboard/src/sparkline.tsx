// The last mids as a line, newest at the right edge; its height is the range of what is shown.

/** Until there are this many points the line does not reach the left edge. */
const fewPoints = 30;

export function Sparkline({ mids }: { mids: readonly number[] }) {
  const [low, high] = [Math.min(...mids), Math.max(...mids)];
  const y = (value: number) => (high > low ? 22 - ((value - low) / (high - low)) * 20 : 12);
  const step = 100 / (Math.max(mids.length, fewPoints) - 1);
  const points = mids.map(
    (value, index) => `${(100 - (mids.length - 1 - index) * step).toFixed(1)},${y(value).toFixed(1)}`,
  );
  return (
    <svg className="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && <polyline points={points.join(' ')} vectorEffect="non-scaling-stroke" />}
    </svg>
  );
}
