// How whole units of an instrument's last decimal become IG's text.

/** Ten to the `decimals`-th units as text, trailing zeros kept: (117450, 5) is `1.17450`. */
export const toText = (units: number, decimals: number) => (units / 10 ** decimals).toFixed(decimals);
