// Every table, one file per module.
export * from './auth.ts';
export * from './api-keys.ts';
export * from './audit.ts';
export * from './broker.ts';
export * from './rate-limits.ts';
export * from './accounts.ts';
export * from './trading.ts';
export * from './sagas.ts';
export * from './events.ts';
export * from './deliveries.ts';
export * from './history.ts';
export * from './market-data.ts';
export * from './candles.ts';
export * from './alerts.ts';
export * from './signals.ts';
export * from './portfolio.ts';
