// How a page looks to different people: language, colour scheme, width. Each look is judged by
// axe-core and for overflow, and photographed into the folder that SCREENSHOTS names.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { requirePackage } from './harness.mjs';

const LANGUAGES = ['en', 'de'];
const SCHEMES = ['light', 'dark'];
const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 360, height: 780 } };
// Half a second each: every width, scheme and language, not every combination.
const JUDGED_BY_AXE = ['wide-light-en', 'narrow-dark-de'];
const axe = readFileSync(requirePackage.resolve('axe-core/axe.min.js'), 'utf8');

// Looks at `path` with every pair of eyes. `browserFor(language)` gives a browser profile of that
// language; `words` names one word of the page in each language.
export async function lookAt(path, { name, browserFor, words, status = 200, act, languages = LANGUAGES }) {
  const look = async (language) => {
    const page = await (await browserFor(language)).newPage();
    const answer = await page.goto(path);
    assert.equal(answer.status(), status);
    if (act) await act(page);
    assert.equal(await page.getAttribute('html', 'lang'), language);
    await page.getByText(words[language]).first().waitFor({ timeout: 2000 });
    for (const scheme of SCHEMES) {
      // Rows that have just arrived are tinted for a moment: a look is judged when it stands still.
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const [width, size] of Object.entries(SIZES)) {
        await page.setViewportSize(size);
        const look = `${name}-${width}-${scheme}-${language}`;
        await judgePaper(page, look, scheme);
        if (JUDGED_BY_AXE.includes(`${width}-${scheme}-${language}`)) await judgeByAxe(page, look);
        const folder = process.env.SCREENSHOTS;
        if (folder) await page.screenshot({ path: join(folder, `${look}.png`), fullPage: true });
      }
    }
    await page.close();
  };
  await Promise.all(languages.map(look));
}

async function judgePaper(page, name, scheme) {
  const seen = await page.evaluate(() => ({
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    paper: getComputedStyle(document.body).backgroundColor,
  }));
  assert.ok(seen.overflow <= 0, `${name}: ${seen.overflow} px wider than the window`);
  assert.equal(lightness(seen.paper) > 0.5, scheme === 'light', `${name}: paper is ${seen.paper}`);
}

async function judgeByAxe(page, name) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate('axe.run()');
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`);
  assert.deepEqual(found, [], name);
  assert.ok(passes.some(({ id }) => id === 'color-contrast'), `${name}: contrast was not judged`);
}

function lightness(colour) {
  const channels = colour.match(/\d+/g).slice(0, 3).map(Number);
  return Math.max(...channels) / 255;
}
