// A chosen theme is set before anything is drawn, so that a dark page does not begin white (src/theme.ts).
try {
  const theme = localStorage.getItem('ftrader.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // storage is forbidden: as the device says
}
