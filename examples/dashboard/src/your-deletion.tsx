// Deleting one's own account, for good.
import type { FTraderClient } from '../../../client/index.ts';
import { ArmedButton } from './armed-button.tsx';
import { Problem } from './problem.tsx';
import { useStepUp } from './use-step-up.tsx';

interface YourDeletionProps {
  api: FTraderClient['api'];
  onSignedOut(why: string): void;
}

export function YourDeletion({ api, onSignedOut }: YourDeletionProps) {
  const { busy, problem, run, proof } = useStepUp(api);
  return (
    <>
      <p className="quiet">
        You, your settings, your portfolios and your logins are erased for good; the record of what was dealt
        is kept, as the law asks, and names nobody.
      </p>
      <div className="actions">
        <ArmedButton
          className="danger"
          text="Delete my account"
          sure="Sure? Delete it for good"
          does="delete my account"
          disabled={busy}
          onPress={() =>
            void run(
              () => api.users.deleteAccount.mutate(),
              () => onSignedOut('Your account is deleted.'),
            )
          }
        />
      </div>
      {problem && <Problem problem={problem} />}
      {proof}
    </>
  );
}
