// Sends from pages in Chromium that a site owner has given a Matomo tracker.
//
//   browser_matomo.mjs --server URL --marker WORD [--site 1] [--scenario S]
//
// snippet    the _paq lines as they are pasted into a page
// jonkoops   @jonkoops/matomo-tracker in a bundle
// datapunt   @datapunt/matomo-tracker-js in a bundle
// vue        vue-matomo in a bundle
// noscript   two pictures, JavaScript off: one names page and title, one has only the Referer
//
// All but the last load /matomo.js from the server and do everything in actions.mjs. Personal data sits in the page's address and
// title, its referrer, the user id and the event's name.

import { openChromium, SCREEN, visit } from './browser.mjs';
import { Sender } from './common.mjs';

const sender = new Sender('playwright-core', ['snippet', 'jonkoops', 'datapunt', 'vue', 'noscript']);
const { person } = sender;
const { server, site } = sender.arguments;
const failures = [];

async function trackedByScript(name, client) {
  const settings = JSON.stringify({ server, site, person });
  let actions = 0;
  const failed = await visit(chromium, sender, name, {
    mayfly: server,
    values: { server, site, client, email: person.email, settings },
    replies_min: 1 + 12, // matomo.js, and each of actions.mjs
    async act(page) {
      await page.waitForFunction(() => window.done);
      const sent = await page.evaluate(() => window.sent);
      sender.sent.push(...sent);
      actions = sent.length;
    },
  });
  return actions > 0 ? failed : [...failed, `${name}: no action`];
}

async function trackedByPicture() {
  const query = `color=green&email=${person.email}&access_token=${person.token}`;
  const kind = 'pageview';
  const title = `Garden chairs for ${person.email}`;
  const named = { host: 'shop.example.com', query: 'color=green', title };
  sender.note(kind, { kind, path: '/noscript/named' }, { ...named, browser: 'Chrome' });
  sender.note(kind, { kind, path: '/noscript/chairs' }, { title: '', browser: 'Chrome' });
  return visit(chromium, sender, 'noscript', {
    mayfly: server,
    values: {
      server,
      site,
      title: encodeURIComponent(title),
      url: encodeURIComponent(`https://shop.example.com/noscript/named?${query}`),
    },
    replies_min: 2,
    javaScript: false,
    act: async () => {},
  });
}

const scenarios = {
  snippet: () => trackedByScript('snippet'),
  jonkoops: () => trackedByScript('wrapper', '@jonkoops/matomo-tracker'),
  datapunt: () => trackedByScript('wrapper', '@datapunt/matomo-tracker-js'),
  vue: () => trackedByScript('vue'),
  noscript: trackedByPicture,
};

const chromium = await openChromium();
for (const scenario of sender.scenarios) failures.push(...(await scenarios[scenario]()));
await chromium.close();
sender.finish(failures);
