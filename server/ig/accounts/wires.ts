// Each request to deal as IG takes it: endpoint, version, body, whose reference comes back, and which class of the allowance it is of. Pure.
import type { AllowanceClass } from '../../../shared/allowance.ts';
import type { DealingRequest } from '../../modules/trading/ports.ts';
import { amendBody, amendOrderBody, closeBody, netBody, openBody, placeOrderBody } from './translate.ts';

export interface Wire {
  method: 'POST' | 'PUT';
  /** Below the base URL. */
  path: string;
  /** IG's `Version` header. */
  version: number;
  headers: Record<string, string>;
  body: unknown;
  /**
   * Ours, to be echoed. Null where the broker's own comes back: for a close one that it makes up, for a change that of what is changed,
   * or one that it makes up to say that there is no such thing.
   */
  dealReference: string | null;
  by: Extract<AllowanceClass, 'open' | 'close'>;
}

/** IG takes no DELETE with a body: it is a POST that says so. */
const asDelete = { _method: 'DELETE' };
const named = (dealId: string) => encodeURIComponent(dealId);

const wires: {
  [Kind in DealingRequest['kind']]: (request: Extract<DealingRequest, { kind: Kind }>) => Wire;
} = {
  /** IG REST: POST /positions/otc v2. */
  open: (request) => ({
    method: 'POST',
    path: '/positions/otc',
    version: 2,
    headers: {},
    body: openBody(request),
    dealReference: request.dealReference,
    by: 'open',
  }),
  /** IG REST: POST /positions/otc v2. */
  net: (request) => ({
    method: 'POST',
    path: '/positions/otc',
    version: 2,
    headers: {},
    body: netBody(request),
    dealReference: request.dealReference,
    by: 'open',
  }),
  /** IG REST: DELETE /positions/otc v1. */
  close: (request) => ({
    method: 'POST',
    path: '/positions/otc',
    version: 1,
    headers: asDelete,
    body: closeBody(request),
    dealReference: null,
    by: 'close',
  }),
  /** IG REST: PUT /positions/otc/{dealId} v2. It answers with the reference of the opening. */
  amend: (request) => ({
    method: 'PUT',
    path: `/positions/otc/${named(request.dealId)}`,
    version: 2,
    headers: {},
    body: amendBody(request),
    dealReference: null,
    by: 'open',
  }),
  /** IG REST: POST /workingorders/otc v2. */
  place_order: (request) => ({
    method: 'POST',
    path: '/workingorders/otc',
    version: 2,
    headers: {},
    body: placeOrderBody(request),
    dealReference: request.dealReference,
    by: 'open',
  }),
  /** IG REST: PUT /workingorders/otc/{dealId} v2. It answers with the reference under which it was placed. */
  amend_order: (request) => ({
    method: 'PUT',
    path: `/workingorders/otc/${named(request.dealId)}`,
    version: 2,
    headers: {},
    body: amendOrderBody(request),
    dealReference: null,
    by: 'open',
  }),
  /** IG REST: DELETE /workingorders/otc/{dealId} v2; likewise. */
  cancel_order: ({ dealId }) => ({
    method: 'POST',
    path: `/workingorders/otc/${named(dealId)}`,
    version: 2,
    headers: asDelete,
    body: {},
    dealReference: null,
    by: 'close',
  }),
};

export const wireOf = <Kind extends DealingRequest['kind']>(
  request: Extract<DealingRequest, { kind: Kind }>,
): Wire => (wires[request.kind] as (request: DealingRequest) => Wire)(request);
