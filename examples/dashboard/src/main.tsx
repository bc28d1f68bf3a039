// The page starts here: one client, one tree.
import { createRoot } from 'react-dom/client';
import { createFTraderClient } from '../../../client/index.ts';
import { App } from './app.tsx';
import { Boundary } from './problem.tsx';
import { guardSecondPress } from './second-press.ts';

const ftrader = createFTraderClient({ url: location.origin });
guardSecondPress(document);
createRoot(document.getElementById('root')!).render(
  <Boundary>
    <App ftrader={ftrader} />
  </Boundary>,
);
