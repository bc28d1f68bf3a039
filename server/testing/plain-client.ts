// A program of its own on plain WebSockets, as docs/websockets.md tells how to write one: it signs in, connects again and goes on. For tests.
import { WebSocket } from 'ws';
import { closeCodes, type CloseCode } from '../../shared/close-codes.ts';
import { channelTable } from '../api/channels.ts';

export interface Told {
  id: string;
  data?: any;
  error?: { code: string; fields?: Record<string, string> };
  stopped?: true;
}

const pauseMs = 100;
const pathOf = (channel: string) =>
  Object.entries(channelTable).find(([, channels]) => channel in channels)![0];

/** One subscription on a socket of its own. `token` gives a login's access token, another one than what it is handed. */
export function followPlain({
  url,
  token,
  id,
  channel,
  input,
  tell,
  onClose,
}: {
  url: string;
  token: (refused?: string) => Promise<string>;
  id: string;
  channel: string;
  input: object;
  tell: (told: Told) => void;
  onClose: (code: number) => void;
}): { stop(): void } {
  let place: string | undefined;
  let refused: string | undefined;
  let socket: WebSocket;
  let state: 'open' | 'stopping' | 'over' = 'open';
  let again: NodeJS.Timeout | undefined;
  async function connect() {
    const proof = await token(refused);
    socket = new WebSocket(`${url.replace('http', 'ws')}/ws/${pathOf(channel)}/`);
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on('error', () => {});
    socket.on('open', () => {
      send({ type: 'authenticate', token: proof });
      send({
        type: 'subscribe',
        id,
        channel,
        input: { ...input, ...(place !== undefined && { lastEventId: place }) },
      });
    });
    socket.on('message', (text) => {
      const message = JSON.parse(String(text));
      if (message.type === 'data') {
        place = message.eventId ?? place;
        if (message.data.type !== 'heartbeat') tell({ id, data: message.data });
      }
      if (message.type === 'unsubscribed') end({ id, stopped: true });
      if (message.type === 'error' && message.id === id && !message.error.retryable)
        end({ id, error: message.error });
    });
    socket.on('close', (code) => {
      if (state !== 'open') return;
      onClose(code);
      const next = closeCodes[code as CloseCode]?.next ?? 'reconnect';
      if (next === 'sign in') refused = proof;
      if (next !== 'stop') again = setTimeout(attempt, pauseMs);
    });
  }
  const attempt = () =>
    void connect().catch(() => state === 'open' && (again = setTimeout(attempt, pauseMs)));
  function end(told: Told) {
    state = 'over';
    socket.close();
    tell(told);
  }
  attempt();
  return {
    /** `stopped` is told when the server has said that it is over. */
    stop() {
      state = 'stopping';
      clearTimeout(again);
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'unsubscribe', id }));
    },
  };
}
