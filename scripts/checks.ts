// What a check of doctor found, and how it is shown. What is checked is with its callers.

export interface Check {
  name: string;
  ok: boolean;
  /** Whether FTrader cannot do its main job without it. */
  required: boolean;
  found: string;
  /** The command that mends it, when it is not ok. */
  fix?: string;
}

export const isWell = (checks: readonly Check[]): boolean =>
  checks.every((check) => check.ok || !check.required);

export function printCheck({ name, ok, required, found, fix }: Check): void {
  console.log(`${ok ? '✔' : '✘'} ${name}: ${found}${ok || required ? '' : ' (optional)'}`);
  if (fix) console.log(`    → ${fix}`);
}
