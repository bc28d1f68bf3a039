// The stream of notifications for more than one part of the page: the bell follows it, and tells whoever else shows some of them.
import type { NotificationEvent, StreamMessage } from '../../../client/index.ts';

type Message = StreamMessage<NotificationEvent>;
export interface NotificationNews {
  tell(message: Message): void;
  /** Returns how to stop. */
  onNews(listener: (message: Message) => void): () => void;
}

export function createNotificationNews(): NotificationNews {
  const listeners = new Set<(message: Message) => void>();
  return {
    tell(message) {
      for (const listener of listeners) listener(message);
    },
    onNews(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
