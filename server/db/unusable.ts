// A database that cannot be connected to, in words: which setting leads there, and what to change. No password is in them.

const untrusted = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
]);

/** What became of each address that was tried. */
const textOf = (error: unknown): string =>
  error instanceof AggregateError && error.message === ''
    ? error.errors.map(textOf).join('; ')
    : error instanceof Error
      ? error.message
      : String(error);

function hintOf(error: unknown): string {
  const { code, message = '' } = error as { code?: string; message?: string };
  if (untrusted.has(code ?? ''))
    return ' Its certificate is of a private authority: add sslrootcert=/path/to/ca.pem to DATABASE_URL, or sslmode=no-verify to encrypt without asking who it is.';
  if (/does not support SSL/.test(message))
    return ' Leave sslmode out of DATABASE_URL, or set it to disable.';
  return '';
}

export class UnusableDatabase extends Error {
  /** The system's or PostgreSQL's. */
  readonly code: string | undefined;
  constructor(url: string, cause: unknown) {
    const { host, pathname, username } = new URL(url);
    super(
      `DATABASE_URL (or DB_…) leads to the database ${decodeURIComponent(pathname.slice(1))} at ${decodeURIComponent(host)} for the user ${decodeURIComponent(username)}, which cannot be used: ${textOf(cause)}.${hintOf(cause)} To see what else is wrong: npm run doctor`,
      { cause },
    );
    this.code = (cause as { code?: string }).code;
  }
}
