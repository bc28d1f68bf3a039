// Why no server can be reached at an address, in words that say what to change: what sockets and TLS say, whoever was to answer there.

const words: Record<string, string | ((host: string) => string)> = {
  ECONNREFUSED: 'nothing listens there. Start that server, or correct the address',
  ENOENT: 'there is no such socket. Start that server, or correct the address',
  ENOTFOUND: (host) => `no machine is called ${host}. Correct the address`,
  EAI_AGAIN: (host) => `the name ${host} cannot be looked up now. Correct the address, or the name server`,
  EHOSTUNREACH: 'no way leads there. Correct the address, or the network',
  ENETUNREACH: 'no way leads there. Correct the address, or the network',
  ETIMEDOUT: 'nobody answers there. Correct the address, or open the firewall',
  CERT_HAS_EXPIRED: 'its certificate has expired. Renew it there',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name. Write that name into the address',
};
const unknownAuthority = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** Whether Node's code says that nobody known here vouches for a certificate. */
export const isUnknownAuthority = (code: string): boolean => unknownAuthority.has(code);

/** Node's code of an error of connecting to `host`; `remedy` says how an authority is made known there. Undefined for other codes. */
export function whyUnreachable(
  code: string,
  { host, remedy }: { host: string; remedy: string },
): string | undefined {
  if (isUnknownAuthority(code))
    return `its certificate is signed by an authority that is not known here. ${remedy}`;
  const found = words[code];
  return typeof found === 'function' ? found(host) : found;
}
