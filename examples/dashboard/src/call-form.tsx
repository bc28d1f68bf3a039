// A form of one call: what is wrong with a field stands beside it, the rest below, and what came of it beside the button.
import { useEffect, useRef, useState, type ComponentProps, type FormEvent, type ReactNode } from 'react';
import type { FTraderClient } from '../../../client/index.ts';
import { Field } from './field.tsx';
import { FormButtons } from './form-buttons.tsx';
import { Rest } from './rest.tsx';
import { useStepUp } from './use-step-up.tsx';

export interface FieldMaker {
  /** A field of the input, by its name there. */
  field(name: string, label: string, more?: Partial<ComponentProps<typeof Field>>): ReactNode;
  /** What is wrong with a field that is drawn otherwise, or with a part of it. */
  errorOf(name: string): string | undefined;
}
interface CallFormProps<T> {
  api: FTraderClient['api'];
  /** The form's name. */
  label: string;
  /** On its button. */
  text: string;
  /** Beside which field an error of this code stands. */
  codes?: Record<string, string>;
  send(form: FormData): Promise<T>;
  /** What to say of it. */
  onDone(answer: T, form: HTMLFormElement): string | void;
  onCancel?: (() => void) | undefined;
  /** On the button beside it: `Cancel` when it is left out. */
  way?: string;
  children(make: FieldMaker): ReactNode;
}

export function CallForm<T>({
  api,
  label,
  text,
  codes = {},
  send,
  onDone,
  onCancel,
  way,
  children,
}: CallFormProps<T>) {
  const { busy, problem, run, proof } = useStepUp(api);
  const [said, setSaid] = useState('');
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [problem]);
  const at = problem && codes[problem.code];
  const told = problem && at !== undefined ? { ...problem, fields: { [at]: problem.message } } : problem;
  const drawn: string[] = [];
  const errorOf = (name: string) => {
    const own = Object.entries(told?.fields ?? {}).filter(([key]) => key.replace(/\[\d+\]$/, '') === name);
    drawn.push(...own.map(([key]) => key));
    return own[0]?.[1];
  };
  const fields = children({
    errorOf,
    field: (name, title, more) => (
      <Field key={name} label={title} name={name} autoComplete="off" error={errorOf(name)} {...more} />
    ),
  });
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const { currentTarget } = event;
    const typed = new FormData(currentTarget);
    setSaid('');
    void run(
      () => send(typed),
      (answer) => setSaid(onDone(answer, currentTarget) ?? ''),
    );
  }
  return (
    <>
      <form ref={form} onSubmit={submit} aria-busy={busy} aria-label={label} noValidate>
        {fields}
        <Rest problem={told} beside={drawn} />
        <FormButtons {...{ busy, text, onCancel, way }} />
        <p className={said ? 'said' : 'hidden'} role="status">
          {said}
        </p>
      </form>
      {proof}
    </>
  );
}

/** What was typed into a field, without blanks around it. */
export const typedIn = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();
