// `npm run start:gateway`: the gateway role alone.
import { runRole } from './role.ts';

await runRole('gateway');
