// The keys of what flows in, by which its rows are recognised. Pure.

/** What the keys of an account begin with. It has spaces: no key of a user's request has one. */
export const keysOf = ({ accountId }: { accountId: string }) => `inflow ${accountId} `;
/** Our deal whose result bears the key; null for anything else. */
export function dealOf(account: { accountId: string }, key: string): string | null {
  const prefix = keysOf(account);
  const what = key.startsWith(prefix) ? key.slice(prefix.length) : '';
  return what.startsWith('deal_') ? what : null;
}
