// Each of a user's webhooks: a signed POST by the Standard Webhooks convention. Quiet hours and digests are for people, so it has neither.
import type { WebhookMessage } from '../../../../shared/webhooks.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Post } from '../webhooks/post.ts';
import { isSuccess, whyNoAnswer } from '../webhooks/post.ts';
import { signedHeaders } from '../webhooks/signing.ts';
import type { WebhookStore } from '../webhooks/store.ts';
import { severityOf } from '../kinds.ts';
import type { StoredNotification } from '../store.ts';
import type { Channel, Outcome } from './channel.ts';

const userAgent = 'FTrader-Webhooks/1';
/** Also where nothing is heard at all. */
const deadlineMs = 15_000;
const gone = 410;

export const webhookBody = ({
  id,
  at,
  kind,
  title,
  body,
  accountId,
  environment,
}: StoredNotification): string =>
  JSON.stringify({
    type: kind,
    timestamp: at.toISOString(),
    data: { id, severity: severityOf(kind), title, body, accountId, environment: environment ?? null },
  } satisfies WebhookMessage);

export const createWebhookChannel = ({
  store,
  post,
  clock,
}: {
  store: WebhookStore;
  post: Post;
  clock: Clock;
}): Channel => ({
  name: 'webhook',
  usual: () => true,
  mayBeMuted: () => true,
  leaving: {
    digests: false,
    keepsQuiet: false,
    mostAtOnce: 256,
    // One for each that a user may have, and some more.
    mostPerUser: 24,
    mostPerLane: 3,
    deadlineMs,
    problemOf: async () => null,
    targetsOf: async (tx, userId, kind) =>
      (await store.listActive(tx, userId))
        .filter(({ kinds }) => kinds === null || kinds.includes(kind))
        .map(({ id }) => ({ lane: id, webhookId: id })),
    bodyOf: webhookBody,
    async prepare({ webhookId, body, messageId }) {
      const webhook = webhookId === null ? undefined : await store.findToSend(webhookId, clock.now());
      if (!webhook) return { cancel: 'The webhook was deleted.' };
      if (webhook.state !== 'active') return { cancel: `The webhook is ${webhook.state}.` };
      if (webhook.isOfDisabled) return { cancel: 'The account is disabled.' };
      const { url, secrets } = webhook;
      const bytes = Buffer.from(body!);
      return {
        async send(signal) {
          const opened = orNone(secrets);
          if (!opened)
            return { is: 'failed', error: 'Its secret cannot be opened: make another webhook in its place.' };
          const headers = {
            'content-type': 'application/json',
            'user-agent': userAgent,
            ...signedHeaders(opened, { messageId, at: clock.now(), body: body! }),
          };
          try {
            return outcomeOf(await post(url, { headers, body: bytes }, signal));
          } catch (error) {
            if (signal.aborted) throw error; // how that is told is its caller's
            return { is: 'failed', error: whyNoAnswer(error, url) };
          }
        },
      };
    },
    settle: (tx, { webhookId }, outcome, when) => store.note(tx, webhookId!, outcome, when),
    nameOf: async ({ webhookId }, on) =>
      `the webhook ${(await store.nameOf(webhookId!, on)) ?? 'that was deleted'}`,
  },
});

function orNone<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function outcomeOf({ status, location, excerpt }: Awaited<ReturnType<Post>>): Outcome {
  if (isSuccess(status)) return { is: 'delivered', status };
  const said = excerpt === '' ? '.' : `: ${excerpt}`;
  if (status === gone) return { is: 'gone', status, error: `Its server answered 410 Gone${said}` };
  if (status >= 300 && status < 400)
    return {
      is: 'failed',
      status,
      error: `Its server answered ${status}, which redirects${location === undefined ? '' : ` to ${location.slice(0, 200)}`}: give the final address as the URL, redirects are not followed.`,
    };
  return { is: 'failed', status, error: `Its server answered ${status}${said}` };
}
