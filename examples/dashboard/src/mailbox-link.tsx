// Where the mail of a server without SMTP lies, for whoever waits for a code on the server's own machine.
export const MailboxLink = () => (
  <p className="quiet">
    This server sends no mail: what it would send is in{' '}
    <a href="/mailbox" target="_blank" rel="noreferrer">
      its mailbox
    </a>
    .
  </p>
);
