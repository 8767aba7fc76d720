// A person without a mouse: goes through a page with Tab.

import assert from 'node:assert/strict';

const STOPS_MAX = 100;
const FOCUSABLE = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';

// Presses Tab until everything was reached once. Every stop must be inside the window, not covered,
// and drawn differently while it has the focus. Resolves to the names of the stops, in order.
export async function pressTabThrough(page) {
  await page.waitForLoadState(); // a page that is still coming takes the focus back
  await page.evaluate(() => {
    document.activeElement.blur();
    getSelection().collapse(document.body, 0); // Tab starts from the top
  });
  // Of a group of radio buttons Tab reaches the chosen one; arrows lead on.
  const isStop = (one) => one.checkVisibility() && (one.type !== 'radio' || one.checked);
  const focusable = await page.$$eval(FOCUSABLE, (all, isStop) => all.filter(eval(isStop)), `(${isStop})`);
  const reached = [];
  const stops = new Set();
  for (let presses = 0; stops.size < focusable.length && presses < STOPS_MAX; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(look);
    if (!stop) continue; // the window's own stop between last and first
    if (stops.has(stop.index)) break;
    stops.add(stop.index);
    reached.push(stop.name);
    assert.ok(stop.inSight, `${stop.name}: out of sight`);
    assert.ok(stop.outline_px >= 2, `${stop.name}: the focus cannot be seen`);
  }
  assert.equal(stops.size, focusable.length, `reached only: ${reached.join(', ')}`);
  return reached;
}

// Runs in the page.
function look() {
  const stop = document.activeElement;
  if (stop === document.body) return null;
  const box = stop.getBoundingClientRect();
  const x = Math.max(box.left, 0) + Math.min(box.width, innerWidth) / 2;
  const y = Math.max(box.top, 0) + Math.min(box.height, innerHeight - Math.max(box.top, 0)) / 2;
  const style = getComputedStyle(stop);
  const isDrawn = style.outlineStyle !== 'none' && style.outlineColor !== 'rgba(0, 0, 0, 0)';
  const labels = stop.getAttribute('aria-labelledby');
  const name = labels ? document.getElementById(labels).textContent : stop.textContent.trim();
  return {
    index: [...document.querySelectorAll('*')].indexOf(stop),
    name,
    inSight: stop.contains(document.elementFromPoint(x, y)),
    outline_px: isDrawn ? parseFloat(style.outlineWidth) : 0,
  };
}
