// Channels of notifications by which nothing leaves: for rigs whose tests look at rows and events.
import { silentLogger } from '../lib/logger.ts';
import type { ChannelDeps } from '../modules/notifications/index.ts';
import * as build from './build.ts';

export const silentChannels = (): ChannelDeps => ({
  logger: silentLogger,
  sealer: build.sealer(),
  letters: { problem: 'Nothing leaves in this test.', send: async () => undefined },
  webhookNetworks: [],
});
