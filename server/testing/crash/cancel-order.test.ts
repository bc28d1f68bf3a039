// Deaths at the steps of the cancelling of an order.
import { diesAtAnyStep } from './deaths.ts';

diesAtAnyStep('cancel_order');
