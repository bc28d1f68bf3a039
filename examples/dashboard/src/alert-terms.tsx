// What every alert has beside its condition: how often it is told, until when, and a note; and how its numbers are read.
import { useState, type ReactNode } from 'react';
import type { Alert, AlertRepeat } from '../../../client/index.ts';
import { isLive } from './alert-words.ts';
import { typedIn, type FieldMaker } from './call-form.tsx';
import { Choice } from './choice.tsx';
import { withoutZone } from './format.ts';
import { typedSigned } from './typed-decimal.ts';

const repeats: Record<AlertRepeat, string> = { once: 'Once', every: 'Every time' };

/** As decimal text, or as it was typed: the server says what is wrong with it. */
export function numberIn(form: FormData, name: string): string {
  const typed = typedIn(form, name);
  return typedSigned(typed) ?? typed;
}

/** `unit`: of the number that is compared, such as `per cent`. */
export function useAlertTerms(alert: Alert | undefined, unit: string) {
  const [repeat, setRepeat] = useState<AlertRepeat>(alert?.repeat ?? 'once');
  const until = alert?.expiresAt && isLive(alert) ? alert.expiresAt : null; // one that has passed is no end of the next
  return {
    of(form: FormData) {
      const [note, ends] = [typedIn(form, 'note'), typedIn(form, 'expiresAt')];
      const isSame = until !== null && ends === withoutZone(until); // the field has no seconds
      return {
        repeat,
        rearmBand: repeat === 'every' ? numberIn(form, 'rearmBand') || '0' : '0',
        expiresAt: ends === '' ? null : isSame ? until : new Date(ends),
        note: note === '' ? null : note,
      };
    },
    fields: ({ field }: FieldMaker): ReactNode => (
      <>
        <label>
          Told
          <Choice label="Told" options={repeats} chosen={repeat} onChoose={setRepeat} />
        </label>
        {repeat === 'every' &&
          field('rearmBand', 'Re-arm band', {
            required: false,
            inputMode: 'decimal',
            maxLength: 26,
            placeholder: '0',
            defaultValue: alert && alert.rearmBand !== '0' ? alert.rearmBand : '',
            hint: `how far back before it counts again, in ${unit}`,
          })}
        {field('expiresAt', 'Until', {
          type: 'datetime-local',
          required: false,
          defaultValue: until === null ? '' : withoutZone(until),
          hint: 'by this device’s clock; blank: for ever',
        })}
        {field('note', 'Note', {
          required: false,
          maxLength: 200,
          defaultValue: alert?.note ?? '',
          hint: 'is told with it',
        })}
      </>
    ),
  };
}
