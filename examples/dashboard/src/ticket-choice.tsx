// One of a few, side by side: radio buttons as they are by keyboard, one strip to the eye.
import { useId } from 'react';

interface ChoiceProps<Value extends string> {
  label: string;
  options: readonly (readonly [value: Value, text: string])[];
  chosen: Value;
  locked: boolean;
  onChoose(value: Value): void;
}

export function TicketChoice<Value extends string>({
  label,
  options,
  chosen,
  locked,
  onChoose,
}: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset className="order-kind" disabled={locked}>
      <legend className="hidden">{label}</legend>
      {options.map(([value, text]) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={chosen === value}
            onChange={() => onChoose(value)}
          />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
