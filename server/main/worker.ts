// `npm run start:worker`: the worker role alone.
import { runRole } from './role.ts';

await runRole('worker');
