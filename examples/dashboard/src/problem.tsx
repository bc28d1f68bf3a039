// What went wrong, said so that it can be acted on and reported. Nothing fails to a blank page.
import { Component, type ReactNode } from 'react';
import { errorOf } from '../../../client/index.ts';

export interface ProblemText {
  /** The server's error code, or `network` when no answer came. */
  code: string;
  message: string;
  requestId?: string;
  retryable: boolean;
  fields?: Record<string, string>;
}

/** Any rejection as a problem that can be shown. */
export const problemOf = (error: unknown): ProblemText =>
  errorOf(error) ?? {
    code: 'network',
    message: 'FTrader does not answer. Is it running, and is this device online?',
    retryable: true,
  };

/** The login is missing, ended or unusable: sign in again. */
export const isSignedOut = ({ code }: ProblemText): boolean =>
  ['auth.required', 'auth.token_expired', 'auth.token_invalid'].includes(code);

export const Problem = ({ problem, onRetry }: { problem: ProblemText; onRetry?: () => void }) => (
  <div className="problem" role="alert">
    <p>{problem.message}</p>
    {problem.requestId && (
      <p className="quiet">
        Request <code>{problem.requestId}</code>
      </p>
    )}
    {onRetry && (
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    )}
  </div>
);

/** Catches what a component throws while drawing. */
export class Boundary extends Component<{ children: ReactNode }, { failed: Error | null }> {
  override state: { failed: Error | null } = { failed: null };
  static getDerivedStateFromError = (failed: Error) => ({ failed });
  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="centre">
        <div className="problem" role="alert">
          <p>This page has failed. Your data is not affected.</p>
          <p className="quiet">
            <code>{this.state.failed.message}</code>
          </p>
          <button type="button" onClick={() => location.reload()}>
            Load it again
          </button>
        </div>
      </main>
    );
  }
}
