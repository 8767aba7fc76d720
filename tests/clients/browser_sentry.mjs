// Sends from a page in Chromium that fails, with @sentry/browser, current or older, or raven-js.
//
//   browser_sentry.mjs --dsn DSN --marker WORD [--scenario S]
//                      [--package @sentry/browser|sentry-browser-4|-5|-7|raven-js]
//
// uncaught        an error that nothing catches
// rejection       a promise that is refused and that nobody handles               (not in 4, raven)
// message         a message of level info
// spans           a span within another, one of which queries for a person        (current only)
// transaction     the same in the older form, in one event                        (7)
// log             a log line with attributes, some of them personal               (current only)
// feedback        what the visitor says about the page                            (current and 7)
// client-report   an event that the page holds back, which the SDK counts         (current and 7)
// policy          a script that the page's policy forbids; Chromium itself reports it
//
// Personal data sits in user, tags, extra, contexts, breadcrumbs, messages, the page's address, its
// referrer and its cookie. The SDKs from 7 on also send the session of the visit.

import { openChromium, visit } from './browser.mjs';
import { Sender } from './common.mjs';

const OLDEST = ['uncaught', 'message', 'policy'];
const SCENARIOS = {
  '@sentry/browser':
    'uncaught rejection message spans log feedback client-report policy'.split(' '),
  'sentry-browser-7':
    'uncaught rejection message transaction feedback client-report policy'.split(' '),
  'sentry-browser-5': ['rejection', ...OLDEST],
  'sentry-browser-4': OLDEST,
  'raven-js': OLDEST,
};

const sender = new Sender(({ package: name }) => name, ({ package: name }) => SCENARIOS[name], {
  package: { type: 'string', default: '@sentry/browser' },
});
const { person, scenarios, clientName } = sender;
const { dsn, release } = sender.arguments;
const pages = { '@sentry/browser': 'sentry', 'raven-js': 'raven' };
const page = pages[clientName] ?? 'sentry_old';

const { origin, username, pathname } = new URL(dsn);
const reports = `${origin}/api${pathname}/security/?sentry_key=${username}`;

const chromium = await openChromium();
const failures = await visit(chromium, sender, page, {
  mayfly: origin,
  values: { client: clientName, settings: JSON.stringify({ dsn, release, person, scenarios }) },
  headers: { 'content-security-policy': `img-src 'self'; report-uri ${reports}` },
  replies_min: scenarios.length,
  failsOnPurpose: true,
  async act(shown) {
    await shown.waitForFunction(() => window.done);
    sender.sent.push(...(await shown.evaluate(() => window.sent)));
    const host = new URL(shown.url()).host;
    for (const { kind, fields } of sender.sent) if (kind === 'feedback') fields.page_host = host;
    if (scenarios.includes('policy')) {
      sender.note('security', { document_host: host }, {
        kind: 'csp-violation',
        document_path: `/${page}/chairs`,
        directive: 'img-src',
        disposition: 'enforce',
        blocked: 'pictures.example.com',
        browser: 'Chrome',
        browser_major: 140,
      });
    }
    await shown.waitForLoadState('networkidle'); // what is under way now would be broken off
    // Leaving the page is when its SDK sends what it has counted.
    await shown.goto('about:blank');
  },
});
await chromium.close();
sender.finish(failures);
