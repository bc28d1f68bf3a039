// What logs in to the broker: three fields that no browser is to remember, and what is told of a key before it is sent.
import { useState } from 'react';
import { unbroken } from '../../../shared/credential-rule.ts';
import { Field } from './field.tsx';
import type { ProblemText } from './problem.tsx';

const names = ['apiKey', 'identifier', 'password'] as const;
type Name = (typeof names)[number];
const labels: Record<Name, string> = {
  apiKey: 'API key',
  identifier: 'User name at the broker',
  password: 'Password at the broker',
};
const hints: Record<Name, string> = {
  apiKey: 'From IG’s settings; each belongs to one environment',
  identifier: 'The one you log in to IG with, no e-mail address',
  password: 'Kept encrypted and never shown again',
};

/** What was typed; a field left empty is not there. Undefined where something has to be mended first. */
export function credentialsOf(form: HTMLFormElement): Partial<Record<Name, string>> | undefined {
  const data = new FormData(form);
  const typed = names.flatMap((name) => {
    const text = data.get(name);
    return typeof text === 'string' && text !== '' ? [[name, text] as const] : [];
  });
  return typed.some(([name, text]) => isBroken(name, text)) ? undefined : Object.fromEntries(typed);
}
const isBroken = (name: Name, text: string) =>
  name !== 'password' && text !== '' && !unbroken.pattern.test(text);

/** `optional`: what is left empty stays as it is. */
export function CredentialFields({
  problem,
  optional = false,
}: {
  problem: ProblemText | undefined;
  optional?: boolean;
}) {
  const [broken, setBroken] = useState<Partial<Record<Name, boolean>>>({});
  return names.map((name) => (
    <Field
      key={name}
      name={name}
      label={labels[name]}
      hint={optional ? undefined : hints[name]}
      placeholder={optional ? 'as it is' : undefined}
      required={!optional}
      type={name === 'password' ? 'password' : 'text'}
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={false}
      maxLength={350}
      error={broken[name] ? `This ${unbroken.message}` : problem?.fields?.[name]}
      onChange={({ target }) => setBroken((before) => ({ ...before, [name]: isBroken(name, target.value) }))}
    />
  ));
}
