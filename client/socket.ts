// A WebSocket that is over when it is closed. The platform's own waits for the other side to agree, which a dead one never does.

import type { WebSocketClass } from './web-socket.ts';

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

/** The sockets of one client, each from when it is made until it is over. */
export interface LiveSockets {
  add(socket: EventTarget & { readonly readyState: number; close(code?: number): void }): void;
}

/** Limits for a socket to open. */
export interface ConnectLimits {
  connectMs: number;
  attemptMs: number;
}

/**
 * `Base` with three differences: `close` tells of the end at once, and nothing that comes afterwards is passed on, so that whoever resumes
 * on a new connection hears nothing twice; a connection that does not open within `connectMs` has failed; and while it does not open,
 * another attempt begins every `attemptMs`, of which the first to open is taken. Node's own sends the request to open over a connection
 * that earlier HTTP calls left idle, and nobody tells it that this one is dead.
 */
export function promptWebSocket(
  Base: WebSocketClass,
  { connectMs, attemptMs }: ConnectLimits,
  live: LiveSockets,
): typeof WebSocket {
  type Socket = InstanceType<WebSocketClass>;
  class PromptWebSocket extends EventTarget {
    static readonly CONNECTING = states.CONNECTING;
    static readonly OPEN = states.OPEN;
    static readonly CLOSING = states.CLOSING;
    static readonly CLOSED = states.CLOSED;
    readonly CONNECTING = states.CONNECTING;
    readonly OPEN = states.OPEN;
    readonly CLOSING = states.CLOSING;
    readonly CLOSED = states.CLOSED;
    readonly #url: string;
    /** Those that are not over; once one is open it is the only one. */
    readonly #attempts = new Set<Socket>();
    readonly #stopTrying: () => void;
    #opened: Socket | undefined;
    #ended = false;

    constructor(url: string) {
      super();
      this.#url = url;
      const again = setInterval(() => this.#attempt(), attemptMs);
      const giveUp = setTimeout(() => this.close(), connectMs);
      this.#stopTrying = () => {
        clearInterval(again);
        clearTimeout(giveUp);
      };
      this.#attempt();
      live.add(this);
    }

    get readyState(): number {
      if (this.#ended) return states.CLOSED;
      return this.#opened?.readyState ?? states.CONNECTING;
    }

    send(data: string): void {
      if (!this.#ended) this.#opened?.send(data);
    }

    close(code?: number, reason?: string): void {
      if (this.#ended) return;
      const wasConnecting = this.readyState === states.CONNECTING;
      this.#end();
      for (const socket of this.#attempts) socket.close(code, reason);
      // Not within the call, as with any WebSocket.
      queueMicrotask(() => {
        if (wasConnecting) this.#tell('error', { message: 'closed before the connection was open' });
        this.#tell('close', { code: code ?? 1005, reason: reason ?? '', wasClean: false });
      });
    }

    #attempt(): void {
      const socket = new Base(this.#url);
      this.#attempts.add(socket);
      const isLast = () => !this.#ended && this.#attempts.size === 1 && this.#attempts.has(socket);
      socket.addEventListener('open', () => {
        if (this.#ended || this.#opened) return;
        this.#opened = socket;
        this.#stopTrying();
        for (const other of this.#attempts) if (other !== socket) other.close();
        this.#attempts.clear();
        this.#attempts.add(socket);
        this.#tell('open', {});
      });
      socket.addEventListener('message', ({ data }) => {
        if (!this.#ended && socket === this.#opened) this.#tell('message', { data });
      });
      socket.addEventListener('error', ({ message, error }) => {
        if (isLast()) this.#tell('error', { message, error });
      });
      socket.addEventListener('close', ({ code, reason, wasClean }) => {
        const wasLast = isLast();
        this.#attempts.delete(socket);
        if (!wasLast) return;
        this.#end();
        this.#tell('close', { code, reason, wasClean });
      });
    }

    #end(): void {
      this.#ended = true;
      this.#stopTrying();
    }

    #tell(type: string, fields: Record<string, unknown>): void {
      this.dispatchEvent(Object.assign(new Event(type), fields));
    }
  }
  return PromptWebSocket as unknown as typeof WebSocket;
}
