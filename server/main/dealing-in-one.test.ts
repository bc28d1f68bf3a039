// Dealing on `npm start`: one process, its own simulator.
import { acceptDealing } from '../testing/acceptance/dealing.ts';
import { startInOne } from '../testing/acceptance/in-one.ts';

acceptDealing('npm start', startInOne);
