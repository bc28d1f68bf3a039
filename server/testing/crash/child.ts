// Preloaded into `npm start` to make it die: compose gets parts of mortal-parts.ts for the ones it names. The product itself has no such hook.
import { registerHooks } from 'node:module';

const composing = new URL('../../compose/', import.meta.url).href;
const replaced = new Set(['../ig/index.ts', '../modules/trading/index.ts']);

registerHooks({
  resolve: (specifier, context, next) =>
    next(
      context.parentURL?.startsWith(composing) && replaced.has(specifier)
        ? new URL('mortal-parts.ts', import.meta.url).href
        : specifier,
      context,
    ),
});
