// Which host names mean this machine and no other.

/** True for 127.0.0.0/8, ::1 (with or without brackets), localhost and every name below it (RFC 6761). */
export const isLoopbackHost = (host: string): boolean =>
  /^((?:[a-z0-9_-]+\.)*localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
