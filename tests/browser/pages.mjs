// Mayfly's pages in real Chromium, from the one-time link to the sign-out: one server, and
// several people who look at the same time, so that it takes half as long.
//
//   node tests/browser/pages.mjs
//
// MAYFLY_BINARY names the program if it is not target/debug/mayfly; SCREENSHOTS a folder for
// pictures of every page in every look. Needs `scripts/clients.sh install` and
// `scripts/fetch.sh all` once. Ends by itself in under two minutes.

import assert from 'node:assert/strict';

import { pressTabThrough } from './keyboard.mjs';
import { lookAt } from './looks.mjs';
import { MayflyServer } from './mayfly_server.mjs';
import { EMAIL, typeAccount } from './operator.mjs';
import { MASKED_VISITOR, Shop, USER_AGENT, VISITOR } from './shop.mjs';
import { begin, end, launchChromium, run, test } from './strands.mjs';
import { Watch } from './watch.mjs';

const DEADLINE_MS = 115000;
const WAIT_MS = 10000;

// Steps of one strand follow each other; runAll says which strands run side by side.
const [before, stranger, arrivals, hands, eyes, after] = [[], [], [], [], [], []];

let mayfly, shop, chromium, watch, admin, token;

// A fresh browser profile; with `storageState` it is signed in as that one.
async function browser({ language = 'en', ...options } = {}) {
  const locale = { en: 'en-GB', de: 'de-DE' }[language];
  const context = await chromium.newContext({ baseURL: mayfly.url, locale, ...options });
  context.setDefaultTimeout(WAIT_MS);
  await watch.over(context);
  return context;
}

const strangers = {};
const strangerOf = async (language) => (strangers[language] ??= await browser({ language }));
const admins = {};
const adminOf = async (language) =>
  (admins[language] ??= await browser({ language, storageState: await admin.storageState() }));

test(before, 'the set-up page in every look', async () => {
  const words = { en: 'works once', de: 'gilt einmal' };
  await lookAt(mayfly.setupLink, { name: 'set-up', browserFor: strangerOf, words });
});

test(stranger, 'the sign-in page in every look', async () => {
  const words = { en: 'Access token', de: 'Zugangs-Token' };
  await lookAt('/', { name: 'sign-in', browserFor: strangerOf, words });
});

test(stranger, 'an unknown address in every look', async () => {
  const words = { en: 'nothing at this address', de: 'gibt es nichts' };
  await watch.expecting(/status of 404/, () =>
    lookAt('/nothing/here', { name: '404', browserFor: strangerOf, words, status: 404 }),
  );
});

test(stranger, 'a wrong token is refused in words that a screen reader speaks', async () => {
  const act = async (page) => {
    await page.getByText('Sign in with an access token').click();
    await page.fill('#token', 'mfly_00000000000000000000000000000000');
    await page.keyboard.press('Enter');
    const words = await page.getByRole('alert').textContent();
    const described = await page.getAttribute('#token', 'aria-describedby');
    assert.ok(words.length > 10 && described.includes('failed'));
  };
  const look = { name: 'sign-in-failed', browserFor: strangerOf, words: { en: 'not valid' }, act };
  await watch.expecting(/status of 403/, () => lookAt('/', { ...look, languages: ['en'] }));
});

test(arrivals, 'the set-up link makes an account, by keyboard, once', async () => {
  admin = await browser();
  const page = await admin.newPage();
  await page.goto(mayfly.setupLink);
  assert.equal(await page.evaluate('document.activeElement.id'), 'email');
  await typeAccount(page);
  await page.getByRole('heading', { name: 'What arrived' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/');
  const [cookie] = await admin.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Lax']);
  assert.equal(await page.evaluate('document.cookie'), '');

  const late = await (await strangerOf('en')).newPage();
  await late.goto(mayfly.setupLink);
  await late.getByLabel('Password').waitFor();
  assert.equal(await late.locator('.menu').count(), 0);
  await late.close();
});

test(arrivals, 'the start page while nothing has arrived', async () => {
  const words = { en: 'Nothing yet.' };
  await lookAt('/', { name: 'home-empty', browserFor: adminOf, words, languages: ['en'] });
});

test(arrivals, 'a page view and a crash of another origin appear by themselves, masked', async () => {
  const page = admin.pages()[0];
  assert.equal(await page.getByText('Nothing yet.').count(), 2);
  await page.evaluate(() => (window.sameDocument = true));
  const visitor = await browser({
    userAgent: USER_AGENT, // its own says HeadlessChrome, which counts as a bot
    extraHTTPHeaders: { 'x-forwarded-for': VISITOR },
  });
  const visit = await visitor.newPage();
  await visit.goto(`${shop.url}/chairs`);
  const hit = page.locator('#hits tbody tr', { hasText: 'Garden chairs' });
  await hit.waitFor();
  await watch.expecting(/card 4111/, async () => {
    await visit.click('button');
    await page.locator('#crashes tbody tr', { hasText: 'PaymentRefused' }).waitFor();
  });
  assert.deepEqual(await hit.locator('.code').allTextContents(), [MASKED_VISITOR]);
  assert.match(await hit.textContent(), /localhost:\d+\/chairs.*Chrome, Linux/);
  const crash = page.locator('#crashes tbody tr');
  assert.deepEqual(await crash.locator('.code').allTextContents(), [MASKED_VISITOR]);
  assert.match(await crash.textContent(), /error.*shop@1\.4\.2/);
  const html = await page.content();
  for (const personal of [VISITOR, '4111', 'jane@']) assert.ok(!html.includes(personal), personal);
  assert.equal(await page.evaluate('window.sameDocument'), true);
  assert.deepEqual(await visitor.cookies(), []);
  await visitor.close();
});

test(arrivals, 'numbers and pictures of the arrivals follow', async () => {
  const page = admin.pages()[0];
  const views = page.locator('.tile').first();
  const before = Number(await views.getAttribute('data-received'));
  await shop.fill();
  await page.locator(`.tile[data-received="${before + 7}"]`).waitFor();
  await page.locator('#hits tbody tr').nth(7).waitFor();
  assert.match(await views.locator('.figure').textContent(), new RegExp(`^${before + 7} received`));
  assert.equal(await views.locator('.watched .count').textContent(), String(before + 7));
  const bars = views.locator('.watched .came');
  assert.ok((await bars.count()) > 0);
  const tallest = await bars.evaluateAll((all) =>
    Math.max(...all.map((bar) => bar.getBoundingClientRect().height)),
  );
  assert.ok(tallest > 5, `${tallest} px`);
  await views.locator(`.shares .stored[width="${before + 7}"]`).waitFor({ state: 'attached' });
});

test(arrivals, 'what somebody is in stays, the rest goes on', async () => {
  const page = admin.pages()[0];
  const region = page.getByRole('region', { name: 'Page views' });
  const rows = () => page.locator('#hits tbody tr').count();
  const seen = await rows();
  await region.focus();
  const before = Number(await page.locator('.tile').first().getAttribute('data-received'));
  await shop.fill();
  await page.locator(`.tile[data-received="${before + 7}"]`).waitFor();
  assert.equal(await rows(), seen);
  await page.evaluate('document.activeElement.blur()');
  await page.locator('#hits tbody tr').nth(seen).waitFor();
});

test(hands, 'copy buttons copy, with and without a clipboard for scripts', async () => {
  for (const hasClipboard of [true, false]) {
    const context = await browser({ storageState: await admin.storageState() });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: mayfly.url });
    const page = await context.newPage();
    await page.goto('/');
    const read = await page.evaluateHandle(() => {
      const { clipboard } = navigator;
      return () => clipboard.readText();
    });
    if (!hasClipboard) {
      await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    }
    for (const [index, expected] of [mayfly.dsn, mayfly.snippet].entries()) {
      const button = page.locator('button.copy').nth(index);
      assert.equal(await button.textContent(), 'Copy');
      await button.focus();
      await page.keyboard.press('Enter');
      await button.filter({ hasText: 'Copied' }).waitFor();
      assert.equal(await read.evaluate((text) => text()), expected);
    }
    if (hasClipboard) await page.getByText('Copied').first().waitFor({ state: 'detached' });
    await context.close();
  }
});

test(hands, 'everything is reached with Tab, in order and in sight', async () => {
  for (const viewport of [{ width: 1280, height: 900 }, { width: 360, height: 780 }]) {
    const context = await browser({ storageState: await admin.storageState(), viewport });
    const page = await context.newPage();
    await page.goto('/');
    const reached = await pressTabThrough(page);
    const [dsn, snippet] = ['For Sentry SDKs (DSN)', 'For web pages (Matomo tracker)'];
    const tables = ['Page views', 'Crash reports'];
    const connect = ['Copy', dsn, 'Copy', snippet];
    const ways = ['What arrived', 'Issues', 'Refused', 'Projects', 'Evidence', 'People'];
    const head = ['Skip to the content', 'Mayfly', ...ways, EMAIL];
    const foot = ['Other SDKs, and a test', 'IP geolocation by DB-IP'];
    const stops = [...head, ...tables, ...connect, ...foot];
    assert.deepEqual(reached, stops);
    if (viewport.width === 360) {
      const long = page.locator('pre').last();
      await long.focus();
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction((pre) => pre.scrollLeft > 0, await long.elementHandle());
    }
    await context.close();
  }
});

test(hands, 'sign-in with a token, by keyboard', async () => {
  token = await mayfly.addToken();
  const context = await browser();
  const page = await context.newPage();
  await page.goto('/');
  const stops = await pressTabThrough(page);
  assert.deepEqual(stops.slice(-3), ['Sign in', 'Sign in with an access token', 'IP geolocation by DB-IP']);
  await page.getByText('Sign in with an access token').press('Enter');
  await page.getByLabel('Access token').focus();
  await page.keyboard.type(token);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'What arrived' }).waitFor();
  await context.close();
});

test(eyes, 'the start page in every look', async () => {
  const words = { en: 'Page views', de: 'Seitenaufrufe' };
  const act = async (page) => {
    await shop.fill();
    await page.locator('.watched .came').first().waitFor();
  };
  await lookAt('/', { name: 'home', browserFor: adminOf, words, act });
});

test(eyes, 'without scripts the start page shows the same', async () => {
  const storageState = await admin.storageState();
  const context = await browser({ storageState, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/');
  await page.locator('#crashes tbody tr', { hasText: 'PaymentRefused' }).waitFor();
  assert.equal(await page.locator('.watched').first().isVisible(), false);
  await context.close();
});

test(eyes, 'the page says when the server is away, and when it is back', async () => {
  const page = admin.pages()[0];
  await watch.expecting(/status of 503/, async () => {
    await page.route('**/live', (route) => route.fulfill({ status: 503 }));
    const notice = page.getByRole('status').getByText('Mayfly does not answer');
    await notice.waitFor();
    await page.unroute('**/live');
    await notice.waitFor({ state: 'detached' });
  });
});

test(after, 'sign-out ends the session, in other tabs too', async () => {
  const page = admin.pages()[0];
  const other = await admin.newPage();
  await other.goto('/');
  await watch.expecting(/status of 401/, async () => {
    await page.locator('.menu summary').press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).press('Enter');
    await page.getByLabel('Password').waitFor();
    await other.getByLabel('Password').waitFor();
    assert.deepEqual(await admin.cookies(), []);
    const old = await (await adminOf('en')).newPage(); // has the old cookie still
    await old.goto('/');
    await old.getByLabel('Password').waitFor();
  });
});

test(after, 'no error in a console, no violation of a policy, no request to another host', () => {
  assert.deepEqual(watch.problems, []);
  const own = [mayfly.url, shop.url].map((url) => new URL(url).host);
  assert.deepEqual([...watch.hosts].sort(), own.sort());
});

async function runAll() {
  await run(before);
  const administrator = run(arrivals).then(() => Promise.all([run(hands), run(eyes)]));
  await Promise.all([run(stranger), administrator]);
  await run(after);
}

begin(DEADLINE_MS, () => mayfly?.log ?? '');
mayfly = await MayflyServer.start();
shop = await Shop.open(mayfly);
chromium = await launchChromium();
watch = new Watch();
await runAll();
await chromium.close();
shop.close();
await end(mayfly);
