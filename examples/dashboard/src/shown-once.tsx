// A secret that is shown this once, for copying: it is kept nowhere.
import { useRef, useState, type ReactNode } from 'react';

interface ShownOnceProps {
  label: string;
  /** What the field holds. */
  what: string;
  /** Lines, or one. */
  value: string;
  onClose(): void;
  children: ReactNode;
}

export function ShownOnce({ label, what, value, onClose, children }: ShownOnceProps) {
  const [said, setSaid] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  function copy() {
    field.current?.select();
    const clipboard = navigator.clipboard as Clipboard | undefined; // none where the page came without TLS from elsewhere
    const failed = () => setSaid('It is selected: copy it with the keyboard.');
    if (clipboard) clipboard.writeText(value).then(() => setSaid('Copied.'), failed);
    else failed();
  }
  return (
    <div className="notice new-key" role="group" aria-label={label}>
      <p>
        <strong>{children}</strong>
      </p>
      <textarea
        ref={field}
        readOnly
        rows={value.split('\n').length}
        wrap="off"
        aria-label={what}
        value={value}
        onFocus={({ target }) => target.select()}
      />
      <div className="actions">
        <button type="button" className="primary" autoFocus onClick={copy}>
          Copy
        </button>
        <button type="button" onClick={onClose}>
          I have {value.includes('\n') ? 'them' : 'it'}
        </button>
        <span role="status">{said}</span>
      </div>
    </div>
  );
}
