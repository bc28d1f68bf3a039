// The names of feeds: one for everybody in an environment, or one of an account's own login.

const prefix = 'login_';
const accountPrefix = 'acct_';

/** Whether a feed is that of one account's own login, for its owner alone. */
export const isLoginFeed = (feed: string): boolean => feed.startsWith(prefix);

export const loginFeedOf = (accountId: string): string =>
  prefix + (accountId.startsWith(accountPrefix) ? accountId.slice(accountPrefix.length) : accountId);

/** The id of the account whose login a feed is; undefined for a feed of everybody's. */
export const accountOfFeed = (feed: string): string | undefined =>
  isLoginFeed(feed) ? accountPrefix + feed.slice(prefix.length) : undefined;
