// Who calls: the address, the scheme and whether it is a program on this machine, told once for HTTP and WebSockets. What follows from it is decided elsewhere.
import type { IncomingMessage } from 'node:http';
import { createNetworks, parseAddress } from '../lib/addresses.ts';
import { isLoopbackHost } from '../lib/loopback.ts';

type Request = Pick<IncomingMessage, 'headers' | 'socket' | 'httpVersion'>;

export interface Caller {
  /** Always an address, in one spelling (see `parseAddress`), never what somebody wrote in its place. */
  address: string;
  /** How the browser came, to us or to a proxy we trust; a Host that names port 443 was asked for over TLS. */
  scheme: 'http' | 'https';
  /** A program on this machine, not somebody behind a proxy on it. */
  isLocal: boolean;
}
export type CallerOf = (req: Request) => Caller;

export interface CallerSettings {
  /** TRUSTED_PROXIES: addresses, networks and `loopback`, whose X-Forwarded-For and X-Forwarded-Proto count. */
  trustedProxies: readonly string[];
  /** In production a browser that came by a name is taken to have come over TLS, unless its proxy says otherwise. */
  production: boolean;
  /** Told once per process of a peer that forwards for others without being trusted: they are all counted as one. */
  onUntrusted?: (peer: string) => void;
}

/** Proxies in a row that are believed; what a client wrote before them can be as long as it likes. */
const maxHops = 20;
/** Of a connection that is gone already, PostgreSQL's and everybody's "no address". */
const noAddress = '0.0.0.0';
/** What proxies say when they forward, whatever their make; so does all that begins with `x-forwarded`. */
const forwarding = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
]);
const isForwarding = ({ headers }: Request): boolean =>
  Object.keys(headers).some((name) => name.startsWith('x-forwarded') || forwarding.has(name));

// Asked several times of a request, and on a kept connection the peer is always the same; a WeakMap would cost more than the asking.
const judged = Symbol('caller');
const met = Symbol('peer');
interface Peer {
  peer: string;
  isTrusted: boolean;
  isLoopback: boolean;
}
type Known = Request & { [judged]?: Caller; socket: { [met]?: Peer } };

export function createCallerOf({ trustedProxies, production, onUntrusted }: CallerSettings): CallerOf {
  const trusted = createNetworks(trustedProxies);
  const loopback = createNetworks(['loopback']);
  let isToldOf = onUntrusted === undefined;

  function meet(remoteAddress: string | undefined): Peer {
    const peer = parseAddress(remoteAddress ?? '') ?? noAddress;
    return { peer, isTrusted: trusted.has(peer), isLoopback: loopback.has(peer) };
  }
  function judge(req: Request, { peer, isTrusted, isLoopback }: Peer): Caller {
    const [isForwarded, isLocalName] = [isForwarding(req), isLoopbackHost(nameOf(req))];
    if (isForwarded && !isTrusted && !isToldOf) {
      isToldOf = true;
      onUntrusted?.(peer);
    }
    const { address, depth } =
      isTrusted && isForwarded ? follow(req, peer, trusted.has) : { address: peer, depth: 1 };
    const scheme =
      'encrypted' in req.socket
        ? 'https'
        : ((isTrusted ? forwardedScheme(req, depth) : undefined) ??
          ((production && !isLocalName) || req.headers.host?.endsWith(':443') ? 'https' : 'http'));
    return { address, scheme, isLocal: isLoopback && !isForwarded && isLocalName && isDirect(req) };
  }
  return (req: Known) => (req[judged] ??= judge(req, (req.socket[met] ??= meet(req.socket.remoteAddress))));
}

/**
 * The address the outermost trusted proxy was called from: X-Forwarded-For read from its end, since each proxy appends whom it was
 * called by and everything before the first that is not trusted may be invented. An entry that is no address ends the search at
 * the proxy that wrote it. `depth` counts the entries that were believed, at least one.
 */
function follow(req: Request, peer: string, isTrusted: (address: string) => boolean) {
  const hops = entriesOf(req, 'x-forwarded-for');
  let address = peer;
  let depth = 0;
  while (depth < maxHops) {
    const hop = parseAddress(hops.at(-1 - depth) ?? '');
    if (hop === null) break;
    [address, depth] = [hop, depth + 1];
    if (!isTrusted(hop)) break;
  }
  return { address, depth: Math.max(depth, 1) };
}

/** The entry beside the caller's address; a proxy that replaces the header leaves a single one. */
function forwardedScheme(req: Request, depth: number): Caller['scheme'] | undefined {
  const schemes = entriesOf(req, 'x-forwarded-proto');
  const scheme = (schemes.at(-depth) ?? schemes[0])?.toLowerCase();
  return scheme === 'https' || scheme === 'http' ? scheme : undefined;
}

const entriesOf = ({ headers }: Request, name: string): string[] =>
  [headers[name] ?? []].flat().flatMap((value) => value.split(',').map((entry) => entry.trim()));

const nameOf = ({ headers: { host = '' } }: Request): string => host.replace(/:\d*$/, '');

/**
 * A proxy on this machine that says nothing of its callers is told by what it passes on: the public name they asked for, or, when
 * it puts its own loopback name there (nginx as it is installed), HTTP/1.0. One that hides both cannot be told from a program here.
 */
const isDirect = ({ httpVersion }: Request): boolean => httpVersion !== '1.0';
