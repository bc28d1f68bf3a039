// How the page is built: one script, others with the first chart and the first portfolio, one style sheet, nothing inlined that the server's CSP would refuse.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npx vite examples/dashboard` (the page with hot reload) finds a running FTrader. */
const backend = 'http://127.0.0.1:8000';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: {
    port: 3000,
    proxy: { '/trpc': { target: backend, ws: true }, '/api': backend, '/status': backend },
  },
});
