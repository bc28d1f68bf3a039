// The door to embedded PostgreSQL. The folder it lives in is data-folder/.
export { startEmbeddedPostgres } from './start.ts';
export type { EmbeddedPostgres } from './start.ts';
export { findRunningUrl } from './find.ts';
