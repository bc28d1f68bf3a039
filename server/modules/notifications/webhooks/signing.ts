// The secrets of webhooks, and what a request is signed with: the Standard Webhooks convention. Where secrets are kept is the store's.
import { Webhook } from 'standardwebhooks';
import type { Ids } from '../../../lib/ids.ts';

/** `whsec_` and 32 bytes in base64. */
export const makeSecret = (ids: Ids): string =>
  `whsec_${Buffer.from(ids.secret(), 'base64url').toString('base64')}`;

/** After a rotation the former secret signs as well for so long. */
export const formerSecretMs = 24 * 3_600_000;

/** Over exactly these bytes, with each of the secrets: a receiver is content with one that it knows. */
export function signedHeaders(
  secrets: readonly string[],
  { messageId, at, body }: { messageId: string; at: Date; body: string },
): Record<string, string> {
  return {
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(messageId, at, body)).join(' '),
  };
}
