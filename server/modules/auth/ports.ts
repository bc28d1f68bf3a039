// What auth has in common with the edges that carry its credentials. No I/O.

/** The browser's cookie: HttpOnly, SameSite=Lax, Path=/, Secure in production; its value is the session token. */
export const sessionCookieName = 'ftrader_session';
