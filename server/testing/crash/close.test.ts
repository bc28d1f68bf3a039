// Deaths at the steps of a close.
import { diesAtAnyStep } from './deaths.ts';

diesAtAnyStep('close');
