// The page starts here: one client, one tree.
import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { createFTraderClient } from '../../../client/index.ts';
import { App } from './app.tsx';
import { Boundary } from './problem.tsx';
import { createReadings } from './reading.ts';
import { guardSecondPress } from './second-press.ts';

const ftrader = createFTraderClient({ url: location.origin });
guardSecondPress(document);
createRoot(document.getElementById('root')!).render(
  <Boundary>
    <QueryClientProvider client={createReadings()}>
      <App ftrader={ftrader} />
    </QueryClientProvider>
  </Boundary>,
);
