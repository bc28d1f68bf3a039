// Which passwords may be chosen, whoever chooses: by oneself, by a mailed code, or for somebody else on the command line.
import { AppError } from '../../lib/app-error.ts';
import { isPublished } from './domain.ts';
import type { PasswordJudge } from './password-judge.ts';

export interface PasswordOwner {
  email: string;
  name?: string;
}
export type PasswordRules = ReturnType<typeof createPasswordRules>;

export function createPasswordRules({
  judge,
  production,
}: {
  judge: Pick<PasswordJudge, 'weaknessOf'>;
  production: boolean;
}) {
  /** Why it may not be taken, as it reads on from the name of a field; undefined for one that may. */
  async function problemOf({ email, name }: PasswordOwner, password: string): Promise<string | undefined> {
    if (production && isPublished({ email, password }))
      return 'is the published one of the demo login: choose another';
    return judge.weaknessOf(password, name ? [email, name] : [email]);
  }
  return {
    problemOf,
    /** Throws request.invalid for one that may not be taken. */
    async require(owner: PasswordOwner, password: string, field: string): Promise<void> {
      const problem = await problemOf(owner, password);
      if (problem) throw new AppError('request.invalid', { fields: { [field]: problem } });
    },
  };
}
