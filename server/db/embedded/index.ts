// The door to embedded PostgreSQL and the data folder around it.
export { hasCluster, prepareDataDir, resolveDataDir } from './data-dir.ts';
export { findLockHolder, lockDataDir } from './lock.ts';
export { loadSecrets } from './secrets.ts';
export type { Secrets } from './secrets.ts';
export { startEmbeddedPostgres } from './start.ts';
export type { EmbeddedPostgres } from './start.ts';
export { findRunningUrl } from './find.ts';
