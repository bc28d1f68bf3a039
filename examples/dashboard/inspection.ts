// What a view of the page must have none of: what axe-core finds, scrolling sideways, moving what is drawn already, and targets too small for a thumb.
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** `target-size` runs only where it is asked for; the names of controls here say more than is written on them, with the figures between. */
const rules = { 'target-size': { enabled: true }, 'label-content-name-mismatch': { enabled: false } };
const thumbPx = 44;

/** Counts how far what is drawn moves by itself, from the first drawing on. */
export const watchShifts = (page: Page) =>
  page.addInitScript(() => {
    const shifts = Object.assign(window, { shifts: 0, shifted: [] as string[] });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
        sources: { node?: Node }[];
      })[]) {
        if (entry.hadRecentInput) continue;
        shifts.shifts += entry.value;
        for (const { node } of entry.sources)
          shifts.shifted.push(node instanceof Element ? `${node.tagName}.${node.className}` : 'text');
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
export const shiftsOf = (page: Page) =>
  page.evaluate(() => {
    const { shifts, shifted } = window as unknown as { shifts: number; shifted: string[] };
    return { shifts, shifted: [...new Set(shifted)] };
  });

/** A view is ready when its heading is there and nothing says any more that it is being read. */
export const viewReady = (page: Page) =>
  page.waitForFunction(
    () =>
      document.querySelector('main h1') !== null &&
      ![...document.querySelectorAll('main, .books')].some((part) =>
        /(Reading|Asking|Searching)[^.]*…/.test((part as HTMLElement).innerText),
      ),
  );

/** Sentences of what axe-core finds; `only` some of its rules. */
export async function axeProblems(page: Page, only?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(`${axe.source}; undefined`);
  return page.evaluate(
    async ({ rules: of, only: some }) => {
      const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, {
        resultTypes: ['violations'],
        rules: of,
        ...(some && { runOnly: { type: 'rule', values: some } }),
      });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`),
      );
    },
    { rules, only },
  );
}

/** What a phone would have to be scrolled sideways for. */
export const sideways = (page: Page) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((each) => each.getBoundingClientRect().right > clientWidth + 1)
      .slice(0, 5)
      .map((each) => `too wide: ${each.tagName}.${each.className}`);
  });

/** Controls lower than a thumb that have another one within a thumb's height. */
export const smallTargets = (page: Page) =>
  page.evaluate((least) => {
    const targets = [
      ...document.querySelectorAll<HTMLElement>('button, select, input, a.button, nav a, [role=option]'),
    ].filter((each) => {
      const { x, y, width, height } = each.getBoundingClientRect();
      if (!each.checkVisibility({ visibilityProperty: true }) || width <= 1) return false;
      const top = document.elementFromPoint(x + width / 2, y + height / 2); // null: below what is seen
      return top === null || each.contains(top) || each.closest('label')?.contains(top) === true;
    });
    const boxes = targets.map((each) => (each.closest('label') ?? each).getBoundingClientRect());
    return targets
      .filter((each, n) => {
        const { top, bottom, left, right, height } = boxes[n]!;
        if (height >= least - 0.5) return false;
        const room = (least - height) / 2;
        return boxes.some(
          (other, m) =>
            m !== n &&
            !targets[m]!.contains(each) &&
            !each.contains(targets[m]!) &&
            targets[m]!.closest('label') !== (each.closest('label') ?? 0) &&
            other.top < bottom + room - 1 &&
            other.bottom > top - room + 1 &&
            other.left < right &&
            other.right > left,
        );
      })
      .map((each) => `too small: ${each.tagName} ${each.getAttribute('aria-label') ?? each.innerText}`);
  }, thumbPx);
