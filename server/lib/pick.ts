// Some fields of an object, named once. No trading word lives here.

/** A new object with just the fields `keys` of `from`. */
export const pick = <T extends object, const Keys extends readonly (keyof T)[]>(
  from: T,
  keys: Keys,
): Pick<T, Keys[number]> => Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, Keys[number]>;
