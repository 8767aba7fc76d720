// Sends from pages in Chromium that a site owner has given a Matomo tracker.
//
//   browser_matomo.mjs --server URL --marker WORD [--site 1] [--scenario S]
//
// snippet    the _paq lines as they are pasted into a page: page view, event on a click
// wrapper    @jonkoops/matomo-tracker in a bundle: page view, event on a click
// noscript   two pictures, JavaScript off: one names page and title, one has only the Referer
//
// snippet and wrapper load /matomo.js from the server. Personal data sits in the page's address and
// title, its referrer, the user id and the event's name.

import { openChromium, SCREEN, visit } from './browser.mjs';
import { Sender } from './common.mjs';

const sender = new Sender('playwright-core', ['snippet', 'wrapper', 'noscript']);
const { person } = sender;
const { server, site } = sender.arguments;
const failures = [];

const resolution = `${SCREEN.width}x${SCREEN.height}`;
const click = async (page) => {
  await page.locator('button').click();
};

async function trackedByScript(name) {
  const path = `/${name}/chairs`;
  sender.sent.push(
    { kind: 'pageview', path, resolution, title: 'Garden chairs' },
    { kind: 'event', path, resolution, category: 'Basket', action: 'Add', value: 2 },
  );
  const settings = JSON.stringify({ server, site, person });
  return visit(chromium, sender, name, {
    mayfly: server,
    values: { server, site, email: person.email, settings },
    replies_min: 3, // matomo.js, page view, event
    act: click,
  });
}

async function trackedByPicture() {
  const query = `color=green&email=${person.email}&access_token=${person.token}`;
  sender.sent.push(
    { kind: 'pageview', path: '/noscript/named', title: 'Garden chairs' },
    { kind: 'pageview', path: '/noscript/chairs', title: '' },
  );
  return visit(chromium, sender, 'noscript', {
    mayfly: server,
    values: {
      server,
      site,
      title: encodeURIComponent(`Garden chairs for ${person.email}`),
      url: encodeURIComponent(`https://shop.example.com/noscript/named?${query}`),
    },
    replies_min: 2,
    javaScript: false,
    act: async () => {},
  });
}

const scenarios = {
  snippet: () => trackedByScript('snippet'),
  wrapper: () => trackedByScript('wrapper'),
  noscript: trackedByPicture,
};

const chromium = await openChromium();
sender.clientName = 'chromium';
sender.version = chromium.version();
for (const scenario of sender.scenarios) failures.push(...(await scenarios[scenario]()));
await chromium.close();
sender.finish(failures);
