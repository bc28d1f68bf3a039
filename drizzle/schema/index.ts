// Every table, one file per module.
export * from './auth.ts';
export * from './audit.ts';
export * from './broker.ts';
export * from './rate-limits.ts';
