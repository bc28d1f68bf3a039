// A user's profile: what they say of themselves.
import { z } from 'zod';
import { TimeZone, User } from './auth.ts';
import { Currency, isKnownCurrency } from './portfolio-transactions.ts';
import { atLeastOneOf, NextCursor, PlainText } from './primitives.ts';
import { TwoFactor } from './two-factor.ts';

/** ITU-T E.164: the plus, the country and the number, without spaces. Spaces, dashes, points and brackets that people write are dropped. */
const Phone = z
  .string()
  .max(40)
  .transform((written) => written.replaceAll(/[\s().-]/g, ''))
  .pipe(z.string().regex(/^\+[1-9]\d{6,14}$/, 'must begin with + and the country, such as +44 20 7946 0000'));

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
/** Codes of ISO 3166-1 that CLDR names too, though no country stands behind them. */
const noCountry = /^(?:EU|EZ|UN|QO|XA|XB|ZZ)$/;
const Country = z
  .string()
  .trim()
  .toUpperCase()
  .refine(
    (code) => /^[A-Z]{2}$/.test(code) && !noCountry.test(code) && regions.of(code) !== undefined,
    'must be a country of two letters by ISO 3166-1, such as GB',
  );

const Language = z
  .string()
  .trim()
  .max(35)
  .refine((tag) => canonicalLanguage(tag) !== undefined, 'must be a language by BCP 47, such as en or de-CH')
  .transform((tag) => canonicalLanguage(tag)!);
function canonicalLanguage(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

const KnownCurrency = Currency.refine(isKnownCurrency, 'must be a currency by ISO 4217, such as GBP');
const TradingExperience = z.enum(['none', 'beginner', 'intermediate', 'advanced', 'professional']);
const RiskProfile = z.enum(['conservative', 'moderate', 'aggressive']);

const about = {
  phone: 'E.164, such as +442079460000',
  country: 'ISO 3166-1, two letters',
  language: 'BCP 47, such as de-CH',
  baseCurrency: 'ISO 4217: what this user counts in',
  tradingExperience: 'as they say it; nothing here depends on it',
  riskProfile: 'as they say it; nothing here depends on it',
};
export const Profile = User.extend({
  phone: z.string().nullable().describe(about.phone),
  country: z.string().nullable().describe(about.country),
  language: z.string().nullable().describe(about.language),
  baseCurrency: z.string().nullable().describe(about.baseCurrency),
  tradingExperience: TradingExperience.nullable().describe(about.tradingExperience),
  riskProfile: RiskProfile.nullable().describe(about.riskProfile),
  twoFactor: TwoFactor,
}).meta({ id: 'Profile', description: 'Null where nothing was said.' });
export type Profile = z.infer<typeof Profile>;

/** What is left out stays; null takes back what was said. */
export const UpdateProfile = z
  .object({
    name: PlainText(80).optional(),
    timeZone: TimeZone.optional(),
    phone: Phone.nullable().optional().describe(about.phone),
    country: Country.nullable().optional().describe(about.country),
    language: Language.nullable().optional().describe(about.language),
    baseCurrency: KnownCurrency.nullable().optional().describe(about.baseCurrency),
    tradingExperience: TradingExperience.nullable().optional().describe(about.tradingExperience),
    riskProfile: RiskProfile.nullable().optional().describe(about.riskProfile),
  })
  .refine(
    ...atLeastOneOf([
      'name',
      'timeZone',
      'phone',
      'country',
      'language',
      'baseCurrency',
      'tradingExperience',
      'riskProfile',
    ]),
  );
export type UpdateProfile = z.output<typeof UpdateProfile>;

export const ExportData = z.object({ cursor: z.string().max(600).optional() });
export const PersonalData = z
  .object({
    table: z.string(),
    rows: z
      .array(z.record(z.string(), z.unknown()))
      .describe('as stored, 1,000 at most; what they hold may change with a version of FTrader'),
    nextCursor: NextCursor,
  })
  .meta({ id: 'PersonalData' });
export type PersonalData = z.infer<typeof PersonalData>;
