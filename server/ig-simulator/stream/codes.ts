// What stands beside a code of CONERR or END: Lightstreamer's words where they are known (1, 2, 20, 31, 65), else ours.
export const streamTexts: Record<number, string> = {
  1: 'User/password check failed',
  2: 'Requested Adapter Set not available',
  4: 'Recovery point no longer held',
  5: 'Server overloaded',
  6: 'Credentials cannot be checked now',
  7: 'Too many sessions',
  20: 'Specified session not found',
  31: 'Destroy invoked by client',
  32: 'Closed by the server',
  35: 'Another session was opened',
  40: 'Bound by another client',
  48: 'Maximum age reached',
  60: 'Client version not supported',
  65: 'Unsupported protocol version: 2.5.0',
  66: 'Adapter failed',
  68: 'Internal error',
};
