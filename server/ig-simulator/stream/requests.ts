// TLCP requests: sessions created, bound, controlled and destroyed, the same for WebSocket and HTTP.
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Faults } from '../faults/faults.ts';
import { findAccount } from '../access/logins.ts';
import type { TokenSession } from '../access/sessions.ts';
import { encodeText } from './codec.ts';
import { streamTexts } from './codes.ts';
import type { Items, Refusal } from './items.ts';
import { createStreamSession, type Binding, type StreamConnection, type StreamSession } from './session.ts';
import { createSubscriptions } from './subscriptions.ts';

/** Sessions at once; beyond it new ones are refused. */
const maxSessions = 2_000;
export const defaultKeepaliveMs = 5_000;
const keepaliveBounds = { leastMs: 200, mostMs: 60_000 };
const inactivityBounds = { leastMs: 200, mostMs: 3_600_000 };
const longestPollMs = 60_000;
/** What CONOK announces as the longest request, and what is accepted. */
export const requestLimitBytes = 50_000;

/** Where a request came from. `session` is what a WebSocket was last bound to. */
export interface Channel {
  kind: 'ws' | 'http';
  connection: StreamConnection;
  clientIp: string;
  /** Of a socket its subprotocol, of a POST its LS_protocol. */ protocol: string;
  session?: StreamSession | undefined;
  /** Writes on the answer of this very request. */
  reply(line: string): void;
}
export interface RequestDeps {
  clock: Clock;
  ids: Ids;
  items: Items;
  /** The token session behind a stream login, or undefined. */
  findTokens(cst: string, xst: string): TokenSession | undefined;
  faults: Faults;
  /** Whether protocol versions from 2.5 on are taken. */
  tlcp25: 'accept' | 'refuse';
}
/** Subprotocols and LS_protocol of all versions there are; the version, and its second number. */
export const protocolPattern = /^TLCP-(2\.(\d+)\.\d+)(?:\.lightstreamer\.com)?$/;
export interface StreamRequests {
  /** Creates or binds. On HTTP `channel.connection` is the answer, which stays open as long as the stream. */
  connect(name: 'create_session' | 'bind_session', params: URLSearchParams, channel: Channel): void;
  /** One line of a control request; replies REQOK or REQERR where due. */
  control(params: URLSearchParams, channel: Channel): void;
  /** The client says that it lives. */
  heartbeat(params: URLSearchParams, channel: Channel): void;
  sessions: ReadonlyMap<string, StreamSession>;
}

/** A whole number within its bounds, whatever is asked. */
const bounded = (text: string | null, preset: number, least: number, most: number) => {
  const value = Number(text ?? preset);
  return Number.isFinite(value) ? Math.min(most, Math.max(least, Math.floor(value))) : preset;
};

export function createStreamRequests({
  clock,
  ids,
  items,
  findTokens,
  faults,
  tlcp25,
}: RequestDeps): StreamRequests {
  const sessions = new Map<string, StreamSession>();
  const subscriptions = createSubscriptions({ items, clock, faults });
  const named = (params: URLSearchParams, channel: Channel) => {
    const id = params.get('LS_session');
    return id === null ? channel.session : sessions.get(id);
  };

  function refuse(channel: Channel, code: number, text = streamTexts[code]!) {
    channel.reply(`CONERR,${code},${encodeText(text)}`);
    channel.connection.finish(channel.kind === 'http' ? 'loop' : 'end');
  }
  function bindingOf(params: URLSearchParams, channel: Channel): Binding {
    const polling = params.get('LS_polling') === 'true';
    const length = params.get('LS_content_length');
    const silence = params.get('LS_inactivity_millis');
    return {
      connection: channel.connection,
      polling,
      waitMs: polling
        ? bounded(params.get('LS_idle_millis'), 0, 0, longestPollMs)
        : bounded(
            params.get('LS_keepalive_millis'),
            defaultKeepaliveMs,
            keepaliveBounds.leastMs,
            keepaliveBounds.mostMs,
          ),
      ...(!polling && silence !== null
        ? {
            inactivityMs: bounded(
              silence,
              inactivityBounds.mostMs,
              inactivityBounds.leastMs,
              inactivityBounds.mostMs,
            ),
          }
        : {}),
      ...(channel.kind === 'http' && length !== null
        ? { contentLength: bounded(length, 4_000_000, 10_000, 1e9) }
        : {}),
    };
  }
  const head = (session: StreamSession, binding: Binding, channel: Channel) => [
    `CONOK,${session.id},${requestLimitBytes},${binding.waitMs},*`,
    'SERVNAME,Lightstreamer HTTP Server',
    `CLIENTIP,${channel.clientIp}`,
    'CONS,unlimited',
  ];

  function create(params: URLSearchParams, channel: Channel) {
    const struck = faults.strikes('create-refused', {});
    if (struck) return refuse(channel, Number(struck.code));
    if (!['', 'DEFAULT'].includes(params.get('LS_adapter_set') ?? '')) return refuse(channel, 2);
    const user = params.get('LS_user') || undefined; // IG takes the password alone, too (trading-ig#318)
    const [, cst = '', xst = ''] = /^CST-(.+)\|XST-(.+)$/.exec(params.get('LS_password') ?? '') ?? [];
    const tokens = findTokens(cst, xst);
    if (!tokens || ![undefined, tokens.accountId, tokens.login.clientId].includes(user))
      return refuse(channel, 1);
    sessions.get(params.get('LS_old_session') ?? '')?.end(31, 'Destroyed for a new session');
    if (sessions.size >= maxSessions) return refuse(channel, 5);
    const account = findAccount(tokens.login, tokens.accountId)!;
    const isSilent = () =>
      faults.holds('stalled-socket') !== undefined || faults.holds('mute', account)?.keepalives === false;
    const session = createStreamSession({
      id: `S${ids.secret()}`,
      viewer: { login: tokens.login, account },
      clock,
      isSilent,
      onEnd: ({ id }) => void sessions.delete(id),
    });
    sessions.set(session.id, session);
    attach(session, bindingOf(params, channel), channel);
  }
  function attach(session: StreamSession, binding: Binding, channel: Channel, from?: number) {
    if (channel.session !== session) channel.session?.unbind(channel.connection);
    channel.session = session;
    session.bind(
      binding,
      [...head(session, binding, channel), ...(from === undefined ? [] : [`PROG,${from}`])],
      from,
    );
  }
  function bind(params: URLSearchParams, channel: Channel) {
    const session = named(params, channel);
    if (!session || session.isEnded()) return refuse(channel, 20);
    const text = params.get('LS_recovery_from');
    const from = text === null ? undefined : Number(text);
    const struck =
      from === undefined ? undefined : faults.strikes('recovery-refused', session.viewer.account);
    if (struck) return refuse(channel, Number(struck.code));
    if (from !== undefined && (!Number.isSafeInteger(from) || !session.holds(from)))
      return refuse(channel, 4);
    attach(session, bindingOf(params, channel), channel, from);
  }

  /** Does one control operation; answers refuse with a code, otherwise the effects follow the REQOK. */
  function operate(session: StreamSession, params: URLSearchParams, ok: () => void): Refusal | undefined {
    switch (params.get('LS_op')) {
      case 'add':
        return subscriptions.add(session, params, ok);
      case 'delete':
        return subscriptions.remove(session, params, ok);
      case 'reconf':
        return subscriptions.reconfigure(session, params, ok);
      case 'constrain':
        ok();
        session.notice('CONS,unlimited');
        return undefined;
      case 'force_rebind':
        ok();
        session.loop();
        return undefined;
      case 'destroy':
        ok();
        session.end(31, streamTexts[31]!);
        return undefined;
      default:
        return { code: 67, text: 'Unknown operation' };
    }
  }

  return {
    sessions,
    heartbeat: (params, channel) => named(params, channel)?.heard(),
    connect(name, params, channel) {
      const [, version, minor] = protocolPattern.exec(channel.protocol) ?? [];
      if (version === undefined || (tlcp25 === 'refuse' && Number(minor) >= 5)) {
        const stated = version ?? channel.protocol.replace(/^TLCP-/, '').slice(0, 20);
        return refuse(channel, 65, `Unsupported protocol version: ${stated}`);
      }
      return (name === 'create_session' ? create : bind)(params, channel);
    },
    control(params, channel) {
      const reqId = params.get('LS_reqId') ?? '';
      if (!/^\d{1,15}$/.test(reqId)) return channel.reply('ERROR,67,Missing request id');
      const session = named(params, channel);
      session?.heard();
      const ok = () => {
        if (channel.kind === 'http' || params.get('LS_ack') !== 'false') channel.reply(`REQOK,${reqId}`);
      };
      const refused =
        !session || session.isEnded()
          ? { code: 20, text: 'Session not found' }
          : operate(session, params, ok);
      if (refused) channel.reply(`REQERR,${reqId},${refused.code},${encodeText(refused.text)}`);
    },
  };
}
