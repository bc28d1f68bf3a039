// Stopping and resuming dealing for everything here.
import { useEffect, useState } from 'react';
import type { Account, FTraderClient } from '../../../client/index.ts';
import { ArmedButton } from './armed-button.tsx';
import { CallForm, typedIn } from './call-form.tsx';
import { Choice } from './choice.tsx';
import { readOnce } from './follow.ts';
import { dayAndTime } from './format.ts';
import { Problem } from './problem.tsx';
import { dealingWord } from './switch-words.ts';
import { useStepUp } from './use-step-up.tsx';

interface AdminHaltsProps {
  api: FTraderClient['api'];
  /** Of whoever looks: what is set for everything is told of every account. */
  account: Account | undefined;
}
interface Halt {
  dealingState: keyof typeof dealingWord;
  at: Date;
  reason: string | null;
}

const everything = { scope: 'everything' } as const;
const ofEverything = (halts: readonly (Halt & { scope: string })[]): Halt | null =>
  halts.find(({ scope }) => scope === 'everything') ?? null;
const states: Record<'halted' | 'reduce_only', string> = {
  halted: dealingWord.halted,
  reduce_only: dealingWord.reduce_only,
};

export function AdminHalts({ api, account }: AdminHaltsProps) {
  const [halt, setHalt] = useState<Halt | null>(); // undefined: not known
  const [state, setState] = useState<keyof typeof states>('halted');
  const { busy, problem, run, proof } = useStepUp(api);
  const accountId = account?.id;
  useEffect(() => {
    if (accountId === undefined) return;
    return readOnce(
      () => api.trading.getRisk.query({ accountId }),
      ({ switches }) => setHalt(ofEverything(switches)),
      () => {}, // not known, then
    );
  }, [api, accountId]);
  return (
    <>
      <p role="status">
        {halt ? (
          <>
            <span className="badge warn">{dealingWord[halt.dealingState]}</span> every account here, since{' '}
            {dayAndTime(halt.at)}
            {halt.reason && `: “${halt.reason}”`}
          </>
        ) : halt === null ? (
          'Nothing is set for every account here.'
        ) : (
          'Every account here, also those to come.'
        )}
      </p>
      {halt !== null && (
        <div className="actions">
          <ArmedButton
            text="Resume dealing"
            sure="Sure? Resume dealing"
            does="resume dealing for everything"
            disabled={busy}
            onPress={() =>
              void run(
                () => api.admin.resumeDealing.mutate({ for: everything }),
                ({ halts }) => setHalt(ofEverything(halts)),
              )
            }
          />
        </div>
      )}
      {problem && <Problem problem={problem} />}
      {proof}
      <CallForm
        api={api}
        label="Stop dealing"
        text="Stop dealing for everything"
        send={(form) =>
          api.admin.haltDealing.mutate({
            for: everything,
            dealingState: state,
            reason: typedIn(form, 'reason'),
          })
        }
        onDone={({ halts }, form) => {
          form.reset();
          setHalt(ofEverything(halts));
        }}
      >
        {({ field }) => (
          <div className="fields">
            <label>
              To
              <Choice label="To" options={states} chosen={state} onChoose={setState} />
            </label>
            {field('reason', 'Reason', { maxLength: 200, hint: 'told to every user' })}
          </div>
        )}
      </CallForm>
    </>
  );
}
