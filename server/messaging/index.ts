// The door of the bus: picks RabbitMQ when there is an address, else memory. The promises are in bus.ts.
import type { Bus } from './bus.ts';
import type { BusDeps } from './deliver.ts';
import { createMemoryBus } from './memory.ts';
import { createRabbitBus } from './rabbit.ts';
import { defaultLimits, type BusLimits } from './topology.ts';

export { InvalidKey, SendFailed } from './bus.ts';
export type {
  Bus,
  BusStats,
  ConsumeOptions,
  DurableChannel,
  DurableMessages,
  FeedStatusMessage,
  InterestMessage,
  KeyedSubscription,
  Subscription,
  TickMessage,
  TransientChannel,
  TransientMessages,
  WakeupMessage,
} from './bus.ts';

export interface CreateBus extends Omit<BusDeps, 'limits'> {
  /** `amqp://` or `amqps://`; without it the bus reaches this process only. */
  amqpUrl?: string | undefined;
  /** Begins every name on the broker, so that installations on one broker never meet. Default `ftrader`. */
  prefix?: string;
  limits?: Partial<BusLimits>;
}

/** A bus, connected in memory, connecting on RabbitMQ (await `ready` to be sure). Throws TypeError when `amqpUrl` is not a URL. */
export async function createBus({
  amqpUrl,
  prefix = 'ftrader',
  limits,
  logger,
  clock,
}: CreateBus): Promise<Bus> {
  const deps = { logger, clock, limits: { ...defaultLimits, ...limits } };
  return amqpUrl ? createRabbitBus({ ...deps, amqpUrl, prefix }) : createMemoryBus(deps);
}
