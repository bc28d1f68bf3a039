// Another password.
import type { FTraderClient } from '../../../client/index.ts';
import { CallForm } from './call-form.tsx';

export function YourPassword({ api, onChanged }: { api: FTraderClient['api']; onChanged(): void }) {
  return (
    <CallForm
      api={api}
      label="Password"
      text="Change the password"
      codes={{ 'auth.wrong_password': 'password' }}
      send={(form) =>
        api.auth.changePassword.mutate({
          password: String(form.get('password')),
          newPassword: String(form.get('newPassword')),
        })
      }
      onDone={(_, form) => {
        form.reset();
        onChanged();
        return 'The password is changed, and every other device is signed out.';
      }}
    >
      {({ field }) => (
        <div className="fields">
          {field('password', 'Present password', { type: 'password', autoComplete: 'current-password' })}
          {field('newPassword', 'New password', {
            type: 'password',
            autoComplete: 'new-password',
            hint: 'at least 10 characters',
          })}
        </div>
      )}
    </CallForm>
  );
}
