// A live price and a button that buys, in a page of your own.
import { useState } from 'react';
import { QueryClient, useMutation } from '@tanstack/react-query';
import { createTRPCOptionsProxy, useSubscription } from '@trpc/tanstack-react-query';
import { createFTraderClient, errorOf, type AppRouter } from '@ftrader/client';

const queryClient = new QueryClient();
const { api: client } = createFTraderClient({ url: 'http://localhost:8000' });
const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
const epic = 'CS.D.EURUSD.CFD.IP';

function Market() {
  const tick = useSubscription(trpc.marketData.onPrices.subscriptionOptions({ epics: [epic] })).data?.at(-1);
  // One key for one intent, kept until it is answered: pressed again after a lost answer it deals no second time.
  const [order, setOrder] = useState({ size: '1', idempotencyKey: crypto.randomUUID() as string });
  const change = (size: string) => setOrder({ size, idempotencyKey: crypto.randomUUID() });
  const onSuccess = () => change(order.size);
  const buy = useMutation(trpc.trading.openPosition.mutationOptions({ onSuccess }), queryClient);
  return (
    <form action={() => buy.mutate({ ...order, epic, direction: 'BUY' })}>
      <output>{tick ? `${tick.bid} / ${tick.offer}${tick.stale ? ' (old)' : ''}` : '…'}</output>
      <input aria-label="Size" value={order.size} onChange={({ target }) => change(target.value)} />
      <button disabled={buy.isPending}>Buy</button>
      {buy.data && <p role="status">{`${buy.data.status}. ${buy.data.reason?.message ?? ''}`}</p>}
      {buy.error && <p role="alert">{errorOf(buy.error)?.message ?? 'No answer: press again.'}</p>}
    </form>
  );
}
export default function App() {
  const signIn = useMutation(trpc.auth.login.mutationOptions(), queryClient);
  if (signIn.isSuccess) return <Market />;
  const demo = { email: 'demo@ftrader.local', password: 'ftrader-demo' };
  return <button onClick={() => signIn.mutate(demo)}>{errorOf(signIn.error)?.message ?? 'Sign in'}</button>;
}
