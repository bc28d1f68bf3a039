// What somebody says of themselves. A blank field takes back what was said.
import { useState } from 'react';
import type { FTraderClient, Profile } from '../../../client/index.ts';
import { CallForm } from './call-form.tsx';

const experiences: Record<NonNullable<Profile['tradingExperience']>, string> = {
  none: 'None',
  beginner: 'Beginner',
  intermediate: 'Intermediate',
  advanced: 'Advanced',
  professional: 'Professional',
};
const risks: Record<NonNullable<Profile['riskProfile']>, string> = {
  conservative: 'Conservative',
  moderate: 'Moderate',
  aggressive: 'Aggressive',
};
const textsOf = ({ name, timeZone, ...said }: Profile) => ({
  name,
  timeZone,
  phone: said.phone ?? '',
  country: said.country ?? '',
  language: said.language ?? '',
  baseCurrency: said.baseCurrency ?? '',
  tradingExperience: said.tradingExperience ?? ('' as const),
  riskProfile: said.riskProfile ?? ('' as const),
});
type Texts = ReturnType<typeof textsOf>;

interface YourProfileProps {
  api: FTraderClient['api'];
  me: Profile;
  onChanged(): void;
}

export function YourProfile({ api, me, onChanged }: YourProfileProps) {
  const [texts, setTexts] = useState(() => textsOf(me));
  const bound = (name: keyof Texts) => ({
    value: texts[name],
    onChange: ({ target }: { target: { value: string } }) =>
      setTexts((before) => ({ ...before, [name]: target.value })),
  });
  const pick = (name: keyof Texts, label: string, options: Record<string, string>) => (
    <label>
      {label}
      <select name={name} {...bound(name)}>
        <option value="">Not said</option>
        {Object.entries(options).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <CallForm
      api={api}
      label="Profile"
      text="Save the profile"
      send={() =>
        api.users.updateProfile.mutate({
          name: texts.name,
          timeZone: texts.timeZone.trim(),
          phone: texts.phone.trim() || null,
          country: texts.country.trim() || null,
          language: texts.language.trim() || null,
          baseCurrency: texts.baseCurrency.trim().toUpperCase() || null,
          tradingExperience: texts.tradingExperience || null,
          riskProfile: texts.riskProfile || null,
        })
      }
      onDone={(saved) => {
        setTexts(textsOf(saved));
        onChanged();
        return 'The profile is saved.';
      }}
    >
      {({ field }) => {
        const optional = (name: keyof Texts, label: string, hint: string, more: object = {}) =>
          field(name, label, { ...bound(name), hint, required: false, ...more });
        return (
          <div className="fields">
            {field('name', 'Name', { ...bound('name'), maxLength: 80, autoComplete: 'name' })}
            {optional('phone', 'Phone', 'such as +44 20 7946 0000', {
              type: 'tel',
              autoComplete: 'tel',
            })}
            {optional('country', 'Country', 'two letters, such as GB', {
              maxLength: 2,
              autoComplete: 'country',
            })}
            {optional('language', 'Language', 'such as en or de-CH', { maxLength: 35 })}
            {field('timeZone', 'Time zone', { ...bound('timeZone'), list: 'time-zones' })}
            <datalist id="time-zones">
              {Intl.supportedValuesOf('timeZone').map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
            {optional('baseCurrency', 'Base currency', 'three letters, such as GBP', { maxLength: 3 })}
            {pick('tradingExperience', 'Trading experience', experiences)}
            {pick('riskProfile', 'Risk profile', risks)}
          </div>
        );
      }}
    </CallForm>
  );
}
