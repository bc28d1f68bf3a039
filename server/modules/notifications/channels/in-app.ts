// The inbox: the notification's row is the message. A kind that its user does not want there is marked as read when it is dispatched.
import type { Channel } from './channel.ts';

export const inApp: Channel = {
  name: 'in_app',
  usual: () => true,
  mayBeMuted: (severity) => severity !== 'critical',
  leaving: null,
};
