// A WebSocket that is over when it is closed. The platform's own waits for the other side to agree, which a dead one never does.

import type { WebSocketClass } from './web-socket.ts';

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

/** The sockets of one client, each from when it is made until it is over. */
export interface LiveSockets {
  add(socket: EventTarget & { readonly readyState: number; close(): void }): void;
}

/**
 * `Base` with two differences: `close` tells of the end at once, and nothing that comes afterwards is passed on, so that whoever resumes
 * on a new connection hears nothing twice; and a connection that does not open within `connectWithinMs` has failed.
 */
export function promptWebSocket(
  Base: WebSocketClass,
  connectWithinMs: number,
  live: LiveSockets,
): typeof WebSocket {
  class PromptWebSocket extends EventTarget {
    static readonly CONNECTING = states.CONNECTING;
    static readonly OPEN = states.OPEN;
    static readonly CLOSING = states.CLOSING;
    static readonly CLOSED = states.CLOSED;
    readonly CONNECTING = states.CONNECTING;
    readonly OPEN = states.OPEN;
    readonly CLOSING = states.CLOSING;
    readonly CLOSED = states.CLOSED;
    readonly #socket: InstanceType<WebSocketClass>;
    #ended = false;

    constructor(url: string) {
      super();
      this.#socket = new Base(url);
      const giveUp = setTimeout(() => this.close(), connectWithinMs);
      const pass = (type: 'open' | 'message' | 'close' | 'error', fields: readonly string[] = []) =>
        this.#socket.addEventListener(type, (event) => {
          if (type !== 'message') clearTimeout(giveUp);
          if (this.#ended) return;
          if (type === 'close') this.#ended = true;
          this.#tell(type, Object.fromEntries(fields.map((field) => [field, event[field]])));
        });
      pass('open');
      pass('message', ['data']);
      pass('error', ['message', 'error']);
      pass('close', ['code', 'reason', 'wasClean']);
      live.add(this);
    }

    get readyState(): number {
      return this.#ended ? states.CLOSED : this.#socket.readyState;
    }

    send(data: string): void {
      if (!this.#ended) this.#socket.send(data);
    }

    close(code?: number, reason?: string): void {
      if (this.#ended) return;
      const wasConnecting = this.#socket.readyState === states.CONNECTING;
      this.#ended = true;
      this.#socket.close(code, reason);
      // Not within the call, as with any WebSocket.
      queueMicrotask(() => {
        if (wasConnecting) this.#tell('error', { message: 'closed before the connection was open' });
        this.#tell('close', { code: code ?? 1005, reason: reason ?? '', wasClean: false });
      });
    }

    #tell(type: string, fields: Record<string, unknown>): void {
      this.dispatchEvent(Object.assign(new Event(type), fields));
    }
  }
  return PromptWebSocket as unknown as typeof WebSocket;
}
