// What a WebSocket class must have to be used by the kit.

/** What is used of a WebSocket class: the platform's own, or that of the package `ws`. */
export type WebSocketClass = new (url: string) => {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: any) => void): void;
};
