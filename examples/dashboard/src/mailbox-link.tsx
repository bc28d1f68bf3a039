// Where the mail of a server without SMTP lies, for whoever waits for a code on the server's own machine.
import { useCallback } from 'react';
import { useRead } from './use-read.ts';

export function MailboxLink() {
  const read = useCallback(async () => (await fetch('/mailbox', { method: 'HEAD' })).ok, []);
  const { data } = useRead(read);
  return (
    data && (
      <p className="quiet">
        This server sends no mail: what it would send is in its{' '}
        <a href="/mailbox" target="_blank" rel="noreferrer">
          mailbox
        </a>
        .
      </p>
    )
  );
}
