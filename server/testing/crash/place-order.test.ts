// Deaths at the steps of the placing of an order.
import { diesAtAnyStep } from './deaths.ts';

diesAtAnyStep('place_order');
