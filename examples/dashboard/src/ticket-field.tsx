// A number of the ticket: its label, what may be typed, and why what was typed will not do. The note keeps its line, so that nothing moves.
import type { Ref } from 'react';

interface FieldProps {
  id: string;
  label: string;
  value: string;
  disabled: boolean;
  hint: string;
  error: string | undefined;
  placeholder?: string;
  type?: 'text' | 'datetime-local';
  inputRef?: Ref<HTMLInputElement>;
  onChange(text: string): void;
}

export function TicketField({
  id,
  label,
  value,
  disabled,
  hint,
  error,
  placeholder,
  type = 'text',
  inputRef,
  onChange,
}: FieldProps) {
  return (
    <label htmlFor={id}>
      {label}
      <input
        id={id}
        ref={inputRef}
        type={type}
        {...(type === 'text' && { inputMode: 'decimal', maxLength: 20 })}
        autoComplete="off"
        placeholder={placeholder}
        value={value}
        readOnly={disabled}
        aria-disabled={disabled}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        onChange={(event) => onChange(event.target.value)}
        onFocus={(event) => type === 'text' && event.target.select()}
      />
      <small id={`${id}-note`} className={error ? 'down' : undefined} title={error ?? hint}>
        {error ?? hint}
      </small>
    </label>
  );
}
