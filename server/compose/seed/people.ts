// The people of a demo world: who they are, and what they say of themselves. Pure.
import type { Profile } from '../../../shared/users.ts';
import { draw, pickOf } from './draw.ts';

export interface Person {
  email: string;
  name: string;
  profile: Pick<
    Profile,
    'timeZone' | 'country' | 'language' | 'baseCurrency' | 'tradingExperience' | 'riskProfile'
  >;
  /** By name; the epics of each in order. */
  watchlists: Readonly<Record<string, readonly string[]>>;
}

interface Home {
  country: string;
  language: string;
  timeZone: string;
  baseCurrency: string;
  /** Given and family name of each. */
  people: readonly (readonly [given: string, family: string])[];
}
const home = (
  [country, language, timeZone, baseCurrency]: readonly [string, string, string, string],
  names: string,
): Home => ({
  country,
  language,
  timeZone,
  baseCurrency,
  people: names.split(', ').map((name) => name.split(' ', 2) as [string, string]),
});
const homes: readonly Home[] = [
  home(['GB', 'en-GB', 'Europe/London', 'GBP'], 'Ada Whitfield, Callum Adeyemi, Priya Raman'),
  home(['NG', 'en-NG', 'Africa/Lagos', 'NGN'], 'Chinedu Okafor, Folake Bello, Yusuf Danjuma'),
  home(['DE', 'de-DE', 'Europe/Berlin', 'EUR'], 'Lena Hoffmann, Emre Yildiz, Jonas Krüger'),
  home(['IN', 'en-IN', 'Asia/Kolkata', 'INR'], 'Arjun Mehta, Kavya Iyer, Farhan Siddiqui'),
  home(['AU', 'en-AU', 'Australia/Sydney', 'AUD'], 'Mia Kowalski, Hamish Nguyen, Talia Waters'),
  home(['JP', 'ja-JP', 'Asia/Tokyo', 'JPY'], 'Haruka Sato, Kenji Mori, Aoi Takahashi'),
  home(['BR', 'pt-BR', 'America/Sao_Paulo', 'BRL'], 'Beatriz Cardoso, Rafael Nakamura, Thiago Moreira'),
  home(['FR', 'fr-FR', 'Europe/Paris', 'EUR'], 'Camille Laurent, Idriss Benali, Margaux Petit'),
  home(['ZA', 'en-ZA', 'Africa/Johannesburg', 'ZAR'], 'Thandiwe Nkosi, Pieter Botha, Zanele Dlamini'),
  home(['US', 'en-US', 'America/New_York', 'USD'], 'Grace Holloway, Mateo Rivera, Denise Carter'),
  home(['SG', 'en-SG', 'Asia/Singapore', 'SGD'], 'Wei Tan, Nurul Rahman, Marcus Lim'),
  home(['PL', 'pl-PL', 'Europe/Warsaw', 'PLN'], 'Zofia Lewandowska, Tomasz Zielinski, Oliwia Mazur'),
  home(['AE', 'ar-AE', 'Asia/Dubai', 'AED'], 'Layla Haddad, Omar Farouk, Noor Qureshi'),
  home(['MX', 'es-MX', 'America/Mexico_City', 'MXN'], 'Ximena Torres, Diego Salgado, Lucia Paredes'),
  home(['CH', 'de-CH', 'Europe/Zurich', 'CHF'], 'Noemi Keller, Luca Bernasconi, Elif Aydin'),
  home(['KE', 'en-KE', 'Africa/Nairobi', 'KES'], 'Wanjiru Kamau, Brian Otieno, Amina Hassan'),
];
const perRound = homes.length;

const lists: Readonly<Record<string, readonly string[]>> = {
  Majors: ['CS.D.EURUSD.MINI.IP', 'CS.D.GBPUSD.CFD.IP', 'CS.D.USDJPY.CFD.IP', 'CS.D.EURGBP.CFD.IP'],
  Indices: ['IX.D.FTSE.IFE.IP', 'IX.D.DAX.IFMM.IP', 'IX.D.SPTRD.IFMM.IP', 'IX.D.NIKKEI.IFM.IP'],
  'Metals and energy': ['CS.D.CFDGOLD.BMU.IP', 'CS.D.CFDSILVER.CFM.IP', 'CC.D.LCO.UME.IP', 'CC.D.NG.UNC.IP'],
  'US shares': ['UA.D.AAPL.CASH.IP', 'UC.D.MSFT.CASH.IP', 'UD.D.TSLA.CASH.IP', 'SE.D.PFE.CASH.IP'],
  Crypto: ['CS.D.BITCOIN.CFD.IP', 'CS.D.ETHUSD.CFD.IP', 'CS.D.LTCUSD.CFD.IP'],
};
/** Of the demo login, which says nothing of itself. */
export const demoWatchlists: Person['watchlists'] = { Majors: lists['Majors']!, Indices: lists['Indices']! };
const experience = ['beginner', 'intermediate', 'advanced', 'professional'] as const;
const risk = ['conservative', 'moderate', 'aggressive'] as const;

/** The person with this number, from 0 on: the same for a seed however many there are. Everybody's address is their own. */
export function personOf(seed: number, n: number): Person {
  const round = Math.floor(n / perRound);
  const { people, ...from } = inOrder(seed)[n % perRound]!;
  const [given, family] = people[round % people.length]!;
  const again = Math.floor(round / people.length);
  const first = pickOf(Object.keys(lists), seed, n, 'first list');
  const second = pickOf(
    Object.keys(lists).filter((name) => name !== first),
    seed,
    n,
    'second list',
  );
  return {
    email: `${given.toLowerCase()}${again > 0 ? again + 1 : ''}.seed@ftrader.local`,
    name: `${given} ${family}`,
    profile: {
      ...from,
      tradingExperience: pickOf(experience, seed, n, 'experience'),
      riskProfile: pickOf(risk, seed, n, 'risk'),
    },
    watchlists: { [first]: lists[first]!, [second]: lists[second]! },
  };
}
/** Ada comes first by the seed that nobody chose. */
const inOrder = (seed: number): readonly Home[] =>
  seed === 1
    ? homes
    : homes
        .map((each) => ({ each, place: draw(seed, 'home', each.country) }))
        .sort((a, b) => a.place - b.place)
        .map(({ each }) => each);
