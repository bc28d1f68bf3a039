// The door of the bus: picks RabbitMQ when there is an address, else memory. The promises are in bus.ts.
import type { Bus } from './bus.ts';
import { durableChannels, type DurableKinds, type DurableMessages, type DurableTable } from './channels.ts';
import type { BusDeps } from './deliver.ts';
import { createMemoryBusWith } from './memory.ts';
import { createRabbitBus } from './rabbit.ts';
import { defaultLimits, type BusLimits } from './topology.ts';

export { InvalidKey, SendFailed } from './bus.ts';
export type {
  Bus,
  BusStats,
  ConsumeOptions,
  FeedStatusMessage,
  InterestMessage,
  KeyedSubscription,
  Subscription,
  TickMessage,
  TransientChannel,
  TransientMessages,
  WakeupMessage,
} from './bus.ts';
export type { DurableMessages } from './channels.ts';
export { createWakingBus } from './wakeups.ts';

export interface CreateBus extends Omit<BusDeps, 'limits'> {
  /** `amqp://` or `amqps://`; without it the bus reaches this process only. */
  amqpUrl?: string | undefined;
  /** Begins every name on the broker, so that installations on one broker never meet. Default `ftrader`. */
  prefix?: string;
  limits?: Partial<BusLimits>;
}

/** A bus, connected in memory, connecting on RabbitMQ (await `ready` to be sure). Throws TypeError when `amqpUrl` is not a URL. */
export const createBus = (options: CreateBus): Promise<Bus<DurableMessages>> =>
  createBusWith(durableChannels, options);

/** The same with other durable channels than the product's. */
export async function createBusWith<Durable extends DurableKinds>(
  durable: DurableTable<Durable>,
  { amqpUrl, prefix = 'ftrader', limits, logger, clock }: CreateBus,
): Promise<Bus<Durable>> {
  const deps = { logger, clock, limits: { ...defaultLimits, ...limits }, durable };
  return amqpUrl ? createRabbitBus({ ...deps, amqpUrl, prefix }) : createMemoryBusWith(deps);
}
