// Deaths at the steps of an opening.
import { diesAtAnyStep } from './deaths.ts';

diesAtAnyStep('open');
