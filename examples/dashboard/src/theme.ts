// Light or dark: as the device says, or as was chosen here. public/theme.js sets a kept choice before the page is drawn.
import { useState } from 'react';
import { keep } from './kept.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
const storageKey = 'ftrader.theme'; // as in public/theme.js

export const themeName: Record<Theme, string> = { system: 'As the device', light: 'Light', dark: 'Dark' };

export function chooseTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset['theme'];
  else dataset['theme'] = theme;
  keep(storageKey, theme);
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const { dataset } = document.documentElement;
  const [theme, setTheme] = useState(() => themes.find((each) => each === dataset['theme']) ?? 'system');
  return [
    theme,
    (next) => {
      chooseTheme(next);
      setTheme(next);
    },
  ];
}
