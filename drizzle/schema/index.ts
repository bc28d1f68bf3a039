// Every table, one file per module.
export * from './auth.ts';
export * from './audit.ts';
export * from './broker.ts';
export * from './rate-limits.ts';
export * from './accounts.ts';
export * from './trading.ts';
export * from './events.ts';
