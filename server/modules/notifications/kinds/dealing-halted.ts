// An administrator stopped dealing, of everybody or of one user.
import { z } from 'zod';
import { DealingState } from '../../../../shared/risk.ts';
import { sentences } from '../words.ts';
import { notificationKind } from './kind.ts';

export const dealingHalted = notificationKind({
  schema: z.object({ dealingState: DealingState.exclude(['active']), reason: z.string().nullable() }),
  severity: 'critical',
  title: ({ dealingState }) =>
    dealingState === 'halted' ? 'An administrator halted dealing' : 'An administrator allows closing only',
  body: ({ reason }) => sentences(reason && `“${reason}”`, 'Positions can be closed; nothing is opened.'),
});
