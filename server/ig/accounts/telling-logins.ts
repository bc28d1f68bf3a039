// A session that tells when the broker lets its account in and when it refuses to: once for each change, not once for each call.
import { AppError } from '../../lib/app-error.ts';
import type { IgSession } from '../rest/session.ts';

export function tellingLogins(session: IgSession, tell: (refusal: AppError | null) => void): IgSession {
  let told: string | undefined;
  function note(refusal: AppError | null) {
    const now = refusal?.options.brokerCode ?? 'in';
    if (now === told) return;
    told = now;
    tell(refusal);
  }
  async function noted<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      note(null);
      return result;
    } catch (error) {
      if (error instanceof AppError && error.code === 'broker.login_failed') note(error);
      throw error;
    }
  }
  return {
    current: (options) => noted(session.current(options)),
    renew: (used) => noted(session.renew(used)),
    async refused(error) {
      const refusal = await session.refused(error);
      if (refusal) note(refusal);
      return refusal;
    },
  };
}
