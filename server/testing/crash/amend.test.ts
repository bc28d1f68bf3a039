// Deaths at the steps of a change of a position.
import { diesAtAnyStep } from './deaths.ts';

diesAtAnyStep('amend');
