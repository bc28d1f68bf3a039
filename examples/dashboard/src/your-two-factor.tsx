// Two-factor authentication: setting up an authenticator, its recovery codes, and switching it off.
import { useState } from 'react';
import { encode } from 'uqr';
import type { FTraderClient, RecoveryCodes, StartedTotp, TwoFactor } from '../../../client/index.ts';
import { ArmedButton } from './armed-button.tsx';
import { CallForm, typedIn } from './call-form.tsx';
import { Problem } from './problem.tsx';
import { ShownOnce } from './shown-once.tsx';
import { useStepUp } from './use-step-up.tsx';

interface YourTwoFactorProps extends TwoFactor {
  api: FTraderClient['api'];
  onChanged(): void;
}

export function YourTwoFactor({ api, enabled, recoveryCodesLeft, onChanged }: YourTwoFactorProps) {
  const [started, setStarted] = useState<StartedTotp>();
  const [codes, setCodes] = useState<readonly string[]>();
  const { busy, problem, run, proof } = useStepUp(api);
  function show({ recoveryCodes }: RecoveryCodes) {
    setCodes(recoveryCodes);
    setStarted(undefined);
    onChanged();
  }
  return (
    <>
      <p>
        <span className="badge">{enabled ? 'On' : 'Off'}</span>{' '}
        {enabled
          ? `Signing in asks for a code of your authenticator too. Recovery codes left: ${recoveryCodesLeft}.`
          : 'With it, signing in asks for a code of an authenticator app on your phone too.'}
      </p>
      {codes && (
        <ShownOnce
          label="Your recovery codes"
          what="Recovery codes"
          value={codes.join('\n')}
          onClose={() => setCodes(undefined)}
        >
          Each of these signs you in once without the authenticator. They are shown this once: keep them safe.
        </ShownOnce>
      )}
      {enabled ? (
        <>
          <div className="actions">
            <ArmedButton
              text="New recovery codes"
              sure="Sure? The old ones end"
              does="make new recovery codes"
              disabled={busy}
              onPress={() => void run(() => api.auth.regenerateRecoveryCodes.mutate(), show)}
            />
          </div>
          <CallForm
            api={api}
            label="Switch it off"
            text="Switch it off"
            codes={{ 'auth.code_wrong': 'code' }}
            send={(form) => api.auth.disableTotp.mutate({ code: typedIn(form, 'code') })}
            onDone={() => {
              setCodes(undefined);
              onChanged();
            }}
          >
            {({ field }) => (
              <div className="fields">
                {field('code', 'Code of your authenticator', {
                  autoComplete: 'one-time-code',
                  hint: 'or one of your recovery codes',
                })}
              </div>
            )}
          </CallForm>
        </>
      ) : started ? (
        <div className="two-factor">
          <QrCode text={started.uri} />
          <div>
            <p>
              Scan this with your authenticator app, or type the secret into it:{' '}
              <code data-testid="totp-secret">{started.secret}</code>
            </p>
            <CallForm
              api={api}
              label="Confirm the authenticator"
              text="Switch it on"
              codes={{ 'auth.code_wrong': 'code' }}
              send={(form) => api.auth.confirmTotp.mutate({ code: typedIn(form, 'code') })}
              onDone={show}
              onCancel={() => setStarted(undefined)}
            >
              {({ field }) =>
                field('code', 'Code', {
                  autoComplete: 'one-time-code',
                  inputMode: 'numeric',
                  autoFocus: true,
                  hint: 'the 6 digits that it shows now',
                })
              }
            </CallForm>
          </div>
        </div>
      ) : (
        <div className="actions">
          <button
            type="button"
            aria-disabled={busy}
            onClick={() => void run(() => api.auth.startTotp.mutate(), setStarted)}
          >
            Set up
          </button>
        </div>
      )}
      {problem && <Problem problem={problem} />}
      {proof}
    </>
  );
}

/** Light modules around it, as many as readers of such codes ask for. */
const border = 4;
function QrCode({ text }: { text: string }) {
  const { data, size } = encode(text, { border });
  const path = data
    .flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : [])))
    .join('');
  return (
    <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label="QR code for your authenticator">
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
