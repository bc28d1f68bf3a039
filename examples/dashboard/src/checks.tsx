// Some of several in a form, each with a tick.
import { useId, type ReactNode } from 'react';

interface ChecksProps {
  legend: string;
  name: string;
  options: readonly (readonly [value: string, text: ReactNode])[];
  /** Those that are ticked at first. */
  chosen?: readonly string[] | undefined;
  error: string | undefined;
}
export function Checks({ legend, name, options, chosen, error }: ChecksProps) {
  const id = useId();
  return (
    <fieldset className="checks" aria-describedby={error && id}>
      <legend>{legend}</legend>
      {options.map(([value, text]) => (
        <label key={value} className="check">
          <input
            type="checkbox"
            {...{ name, value }}
            defaultChecked={chosen?.includes(value)}
            aria-invalid={error !== undefined}
          />
          <span>{text}</span>
        </label>
      ))}
      {error && (
        <p id={id} className="down">
          {error}
        </p>
      )}
    </fieldset>
  );
}
