// Which host names mean this machine and no other.

/** True for 127.0.0.0/8, ::1 (with or without brackets) and localhost. */
export const isLoopbackHost = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
