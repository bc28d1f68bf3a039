// IG's streaming SDK behind narrow types: the only file that knows lightstreamer-client-node, 8.0.5 (or 9.x, which tests load too).

/** An update of one item; `getValue` is the merged value of a field after it, null included. */
export interface SdkUpdate {
  getItemName(): string;
  getValue(field: string): string | null;
  isSnapshot(): boolean;
}
export interface SdkSubscription {
  addListener(listener: {
    onItemUpdate?(update: SdkUpdate): void;
    onSubscription?(): void;
    onUnsubscription?(): void;
    onSubscriptionError?(code: number, message: string): void;
    /** The server dropped updates of an item. */
    onItemLostUpdates?(item: string, position: number, lost: number): void;
  }): void;
  setDataAdapter(name: string): void;
  setRequestedSnapshot(snapshot: 'yes' | 'no'): void;
  setRequestedMaxFrequency(frequency: 'unfiltered'): void;
}
export interface SdkClient {
  connectionDetails: { setUser(user: string): void; setPassword(password: string): void };
  connectionOptions: {
    setForcedTransport(transport: string): void;
    setSessionRecoveryTimeout(ms: number): void;
  };
  addListener(listener: {
    onStatusChange?(status: string): void;
    onServerError?(code: number, message: string): void;
  }): void;
  connect(): void;
  disconnect(): void;
  subscribe(subscription: SdkSubscription): void;
  unsubscribe(subscription: SdkSubscription): void;
}
export interface StreamSdk {
  createClient(address: string): SdkClient;
  createSubscription(mode: 'MERGE' | 'DISTINCT', items: string[], fields: readonly string[]): SdkSubscription;
}
export type LoadSdk = () => Promise<StreamSdk>;

interface SdkModule {
  LightstreamerClient: new (address: string, adapterSet?: string) => SdkClient;
  Subscription: new (mode: string, items: string[], fields: string[]) => SdkSubscription;
}

/**
 * Loads the SDK when first called: importing it leaves a timer that keeps Node alive. Version 8.0.5 speaks TLCP 2.1.0, which is
 * what IG accepts for certain; 9.x was refused with code 65. It is CommonJS without named ESM exports.
 */
export const loadSdk: LoadSdk = () => loadSdkFrom(() => import('lightstreamer-client-node'));

/** The same over any module of the SDK's generations. */
export async function loadSdkFrom(load: () => Promise<unknown>): Promise<StreamSdk> {
  const loaded = (await load()) as SdkModule | { default: SdkModule };
  const { LightstreamerClient, Subscription } = 'default' in loaded ? loaded.default : loaded;
  return {
    createClient: (address) => new LightstreamerClient(address),
    createSubscription: (mode, items, fields) => new Subscription(mode, items, [...fields]),
  };
}
