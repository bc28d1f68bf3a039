// A network that lets nothing through to one port: every attempt to connect, by whatever client, is refused and remembered.
import net from 'node:net';
import { vi } from 'vitest';

/** Until it is disposed of. `attempts` are those since the last look. */
export function denyNetwork(deniedPort: number) {
  const connect = net.Socket.prototype.connect;
  let attempts = 0;
  const portOf = (args: unknown[]): number => {
    // net.connect hands over its arguments as one list that is normalised already.
    const [first, second] = Array.isArray(args[0]) ? args[0] : args;
    const given = typeof first === 'object' && first !== null ? (first as { port?: unknown }).port : first;
    return Number(given ?? second);
  };
  const spy = vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(function (
    this: net.Socket,
    ...args: unknown[]
  ) {
    if (portOf(args) !== deniedPort) return Reflect.apply(connect, this, args);
    attempts++;
    return this.destroy(Object.assign(new Error('denied by the test'), { code: 'ECONNREFUSED' }));
  } as never);
  return {
    get attempts() {
      const seen = attempts;
      attempts = 0;
      return seen;
    },
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}
