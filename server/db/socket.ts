// The socket of a database connection: what is written in one turn of the event loop leaves in one system call. Knows no SQL.
import { Socket } from 'node:net';

/**
 * A TCP or Unix socket that gathers the writes of a turn. Statements that are sent without waiting for each other otherwise take a
 * system call each, which was seen to be a quarter of the CPU of an order.
 */
export class TurnSocket extends Socket {
  #gathering = false;

  override write(...args: unknown[]): boolean {
    if (!this.#gathering && !this.connecting) {
      this.#gathering = true;
      this.cork();
      process.nextTick(() => {
        this.#gathering = false;
        this.uncork();
      });
    }
    return super.write(...(args as Parameters<Socket['write']>));
  }
}
