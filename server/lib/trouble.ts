// Trouble that lasts, told in the log when it begins, when its reason changes and when it is over. No trading word lives here.
import { AppError } from './app-error.ts';
import type { Logger } from './logger.ts';

export interface Trouble {
  /** It failed (again). */
  failed(error: unknown, facts?: object): void;
  /** It works; told where it did not before. */
  worked(): void;
}

/** `text` says what cannot be done, `over` that it can again. What failed for the reason that was told last is a line for debugging. */
export function createTrouble(logger: Logger, text: string, over: string): Trouble {
  let told: string | undefined;
  let failures = 0;
  return {
    failed(error, facts = {}) {
      failures++;
      const reason = reasonOf(error);
      if (reason === told) return logger.debug({ ...facts, err: error, failures }, text);
      told = reason;
      logger.warn(
        { ...facts, err: error },
        `${text} (told again when the reason changes, or when it is over)`,
      );
    },
    worked() {
      if (told !== undefined) logger.info({ failures }, over);
      told = undefined;
      failures = 0;
    },
  };
}

/** The same for failures of one cause, whatever times and names their words hold. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError) return `${error.code} ${error.options.brokerCode ?? ''}`.trim();
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : `${error.name} ${error.message}`;
}
