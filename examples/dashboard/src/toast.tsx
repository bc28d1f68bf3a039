// The newest of what has just happened, in the page's head, where it covers nothing that is worked with. The bell keeps all of it.
import type { Notification } from '../../../client/index.ts';

interface ToastProps {
  toasts: readonly Notification[];
  onDismiss(id: string): void;
}

export function Toast({ toasts, onDismiss }: ToastProps) {
  const newest = toasts.at(-1);
  return (
    <div className="toasts" aria-live="polite">
      {newest && (
        <div key={newest.id} className={`toast ${newest.kind.replace('.', '-')}`} data-testid="toast">
          <p title={`${newest.title}. ${newest.body}`}>
            <strong>{newest.title}</strong> <span>{newest.body}</span>
          </p>
          {toasts.length > 1 && <small>+{toasts.length - 1}</small>}
          <button type="button" className="plain" aria-label="Dismiss" onClick={() => onDismiss(newest.id)}>
            ×
          </button>
        </div>
      )}
    </div>
  );
}
