// Deaths at the steps of a deal that nets.
import { diesAtAnyStep } from './deaths.ts';

diesAtAnyStep('net');
