// What a code of the stream means and what to do about it, in plain words. Pure; the code itself is for logs and the doctor.
import type { StaleReason } from '../../../shared/market-data.ts';

/** A code below 1 is IG's own, and its text says what it means (IG streaming: −1, trading-ig#318, lightstreamer-rs). */
const ofText: [text: RegExp, message: string][] = [
  [
    /account type/i,
    'This market is not for the kind of account whose prices these are: an account for CFDs has CFD markets, one for spread bets has the bets. Search for the market by its name and take the one of the other kind.',
  ],
  [
    /permission/i,
    'The broker does not show this market’s prices to this login: some need market data or an agreement, which is ordered on the broker’s web site.',
  ],
  [
    /no more than|too many/i,
    'The broker takes no further market on this connection: take one out of what is watched. It is asked again within a minute.',
  ],
];
/** Lightstreamer's codes for an item that does not exist (21), or not with what is asked of it (22). */
const unknownItem = [21, 22];
const unexplained =
  'The broker did not take this market on its stream just now: it is asked again within a minute. Where it stays so, whoever runs this server finds the broker’s answer in the log.';

/** Why a market is not streamed, for whoever watches it. */
export function itemRefusal(code: number, text: string): StaleReason {
  if (unknownItem.includes(code))
    return {
      code: 'unknown_epic',
      message:
        'The broker has no stream of this market: look for it by its name, it may have another epic now.',
    };
  const known = code < 1 ? ofText.find(([pattern]) => pattern.test(text)) : undefined;
  return { code: 'refused', message: known?.[1] ?? unexplained };
}

/** Codes with which a connection is refused (CONERR) or ended (END), as Lightstreamer documents them. */
const ofConnection: Record<number, string> = {
  1: 'the broker does not take the login of the stream any more: it is made anew',
  2: 'the broker’s stream knows nothing of what is asked for: FTrader may have to be updated',
  5: 'the broker’s stream is overloaded: it is tried again',
  6: 'the broker cannot check the login just now: it is tried again',
  7: 'the login has too many streams open at the broker: close what else streams with it',
  31: 'the broker has closed the stream: it is opened again',
  32: 'the broker has closed the stream: it is opened again',
  35: 'another stream was opened with the same login: close what else streams with it',
  48: 'the stream has reached the age at which the broker ends it: it is opened again',
  60: 'the broker takes no stream of this version: FTrader may have to be updated',
  65: 'the broker takes no stream of this version: FTrader may have to be updated',
  71: 'the broker’s licence takes no stream of this kind: FTrader may have to be updated',
};

/** Why a connection was refused or has ended; reads on from a feed's or an account's name. */
export const connectionProblem = (code: number): string =>
  ofConnection[code] ?? 'the broker has ended the stream: it is opened again';

/** The same with the broker's own words, for logs and whoever runs the server. */
export const withBrokersWords = (said: string, code: number, text: string): string =>
  `${said} (the broker’s code ${code}: ${text})`;
