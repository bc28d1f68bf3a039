// Deaths at the steps of a change of an order.
import { diesAtAnyStep } from './deaths.ts';

diesAtAnyStep('amend_order');
