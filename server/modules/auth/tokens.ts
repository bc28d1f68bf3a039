// Opaque tokens: what is stored of them, and which refresh token follows which. Signed access tokens are in access-tokens.ts.
import { createHmac, hash } from 'node:crypto';

/** What the database holds of a token: hex SHA-256. 256 random bits need no slow hash, and the stored form signs nobody in. */
export const hashToken = (token: string): string => hash('sha256', token, 'hex');

/**
 * The refresh token that follows `token`: 256 bits that only a holder of both the token and the server's key can know. Being
 * computed, not drawn, it can be given again to a client that lost the answer, although only hashes are stored.
 */
export const successorOf = (token: string, secretKey: string): string =>
  createHmac('sha256', secretKey).update(`refresh token after ${token}`).digest('base64url');
