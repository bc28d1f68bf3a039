// Who asks in a benchmark whose sign-in is not measured.
import type { User } from '../../shared/auth.ts';

export const benchUser = (id = 'user_bench'): User => ({
  id,
  email: `${id}@bench.local`,
  name: id,
  timeZone: 'UTC',
  isAdmin: false,
  emailVerified: true,
  createdAt: new Date(0),
});
