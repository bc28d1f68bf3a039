// A grave step asks for a recent proof of who one is: it is asked for in place, and what was refused is then sent again.
import { useRef, type FormEvent, type ReactNode } from 'react';
import type { FTraderClient } from '../../../client/index.ts';
import { Field } from './field.tsx';
import { FormButtons } from './form-buttons.tsx';
import { Problem } from './problem.tsx';
import { useAction, type Action } from './use-action.ts';
import { useReading } from './reading.ts';

type Api = FTraderClient['api'];

/** As `useAction`. `proof` is to stand where its problem stands, outside of any form. */
export function useStepUp(api: Api): Action & { proof: ReactNode } {
  const action = useAction();
  const refused = useRef<() => void>(undefined);
  const isAsked = action.problem?.code === 'auth.step_up_required';
  return {
    ...action,
    problem: isAsked ? undefined : action.problem,
    run(call, done) {
      refused.current = () => void action.run(call, done);
      return action.run(call, done);
    },
    proof: isAsked && <Proof api={api} onProved={() => refused.current?.()} onCancel={action.clear} />,
  };
}

interface ProofProps {
  api: Api;
  onProved(): void;
  onCancel(): void;
}
function Proof({ api, onProved, onCancel }: ProofProps) {
  const { busy, problem, run } = useAction();
  const { data: me, problem: ofRead } = useReading(['users.me'], () => api.users.me.query());
  const withCode = me?.twoFactor.enabled;
  const name = withCode ? 'code' : 'password';
  const beside = problem?.fields?.[name] ?? (isOfField(problem?.code) ? problem?.message : undefined);
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get(name));
    void run(() => api.auth.stepUp.mutate({ [name]: typed }), onProved);
  }
  const failed = ofRead ?? (beside === undefined ? problem : undefined);
  return (
    <form className="proof" onSubmit={submit} aria-busy={busy} aria-label="Prove that it is you" noValidate>
      {withCode !== undefined && (
        <Field
          key={name}
          label={withCode ? 'Code of your authenticator, or a recovery code' : 'Your password'}
          name={name}
          type={withCode ? 'text' : 'password'}
          autoComplete={withCode ? 'one-time-code' : 'current-password'}
          autoFocus
          hint="Prove that it is you: what you asked for is then done."
          error={beside}
        />
      )}
      {failed && <Problem problem={failed} />}
      <FormButtons busy={busy || withCode === undefined} text="Go on" onCancel={onCancel} />
    </form>
  );
}
const isOfField = (code: string | undefined) => code === 'auth.wrong_password' || code === 'auth.code_wrong';
