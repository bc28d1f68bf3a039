// A field of a form with what is said of it: a hint, or why what was typed will not do.
import { useId, type ComponentProps } from 'react';

export function Field({
  label,
  name,
  hint,
  error,
  ...input
}: {
  label: string;
  name: string;
  hint?: string | undefined;
  error: string | undefined;
} & ComponentProps<'input'>) {
  const note = error ?? hint;
  const id = useId();
  return (
    <label>
      {label}
      <input
        name={name}
        required
        aria-invalid={error !== undefined}
        aria-describedby={note && id}
        {...input}
      />
      {note && (
        <span id={id} className={error ? 'down' : 'quiet'}>
          {note}
        </span>
      )}
    </label>
  );
}
