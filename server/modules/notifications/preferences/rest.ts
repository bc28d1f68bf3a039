// Where REST has the procedures of preferences.
import type { RestRow } from '../../../trpc/rest.ts';
import type { preferenceProcedures } from './procedures.ts';

export const preferencesRest: Record<keyof ReturnType<typeof preferenceProcedures>, RestRow> = {
  getPreferences: {
    method: 'GET',
    path: '/notifications/preferences',
    summary: 'How you are told, and how well each channel works',
    revalidates: true,
  },
  setPreferences: {
    method: 'PUT',
    path: '/notifications/preferences',
    summary: 'Choose how you are told',
    description:
      'Kinds and channels that are left out are as usual: everything in the app and by webhooks, by e-mail what is a warning or critical. A kind that is switched off in the app is marked as read when it comes; one that is critical is always shown. E-mail waits for the end of quiet hours, unless it is critical; more than one of a kind within a minute comes as one e-mail.',
    example: {
      kinds: [{ kind: 'deal.rejected', channels: { email: false } }],
      quietHours: { from: '22:30', to: '07:00', timeZone: 'Europe/London' },
    },
  },
};
