// `npm run start:api`: the api role alone.
import { runRole } from './role.ts';

await runRole('api');
