// The door to the data folder: its place and rights, its lock, its secrets. What runs inside it is in db/embedded.
export { hasCluster, makeUsable, prepareDataDir, resolveDataDir } from './data-dir.ts';
export { findLockHolder, lockDataDir } from './lock.ts';
export { isSameProcess, parentOf, processIdentity, titleOf } from './processes.ts';
export { addEncryptionKey, replaceSecretKey, loadSecrets, readSecrets } from './secrets.ts';
export type { Secrets } from './secrets.ts';
