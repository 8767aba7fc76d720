// Sends with @sentry/browser from a page in Chromium that fails.
//
//   browser_sentry.mjs --dsn DSN --marker WORD [--scenario S]
//
// uncaught    an error that nothing catches
// rejection   a promise that is refused and that nobody handles
// message     a message of level info
//
// Personal data sits in user, tags, extra, contexts, breadcrumbs, messages, the page's address, its
// referrer and its cookie. The SDK also sends the session of the visit.

import { openChromium, visit } from './browser.mjs';
import { Sender } from './common.mjs';

const sender = new Sender('@sentry/browser', ['uncaught', 'rejection', 'message']);
const { person, scenarios } = sender;
const { dsn } = sender.arguments;

const chromium = await openChromium();
const failures = await visit(chromium, sender, 'sentry', {
  mayfly: new URL(dsn).origin,
  values: { settings: JSON.stringify({ dsn, person, scenarios }) },
  replies_min: scenarios.length,
  failsOnPurpose: true,
  async act(page) {
    await page.waitForFunction((count) => window.sent?.length >= count, scenarios.length);
    sender.sent.push(...(await page.evaluate(() => window.sent)));
  },
});
await chromium.close();
sender.finish(failures);
