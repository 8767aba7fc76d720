// Issues in real Chromium: a page breaks with the real @sentry/browser, a developer finds it, opens it, resolves it,
// it breaks again in a newer release and is back. Then what else a developer does all day.
//
//   node tests/browser/issues.mjs
//
// MAYFLY_BINARY and SCREENSHOTS as in pages.mjs. Ends by itself in under three minutes.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';

import { requirePackage } from './harness.mjs';
import { pressTabThrough } from './keyboard.mjs';
import { lookAt } from './looks.mjs';
import { MayflyServer } from './mayfly_server.mjs';
import { Shop, USER_AGENT, VISITOR } from './shop.mjs';
import { Watch } from './watch.mjs';

const DEADLINE_MS = 178000;
const WAIT_MS = 15000;
const tests = [];
const test = (name, run) => tests.push({ name, run });

let mayfly, shop, chromium, watch, token, page;

async function browser({ language = 'en', ...options } = {}) {
  const locale = { en: 'en-GB', de: 'de-DE' }[language];
  const context = await chromium.newContext({ baseURL: mayfly.url, locale, ...options });
  context.setDefaultTimeout(WAIT_MS);
  await watch.over(context);
  return context;
}

const developers = {};
const developerOf = async (language) =>
  (developers[language] ??= await browser({
    language,
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  }));

// Somebody presses the button that fails, in the release that `path` has.
async function crash(path) {
  const context = await browser({
    userAgent: USER_AGENT,
    extraHTTPHeaders: { 'x-forwarded-for': VISITOR },
  });
  const visit = await context.newPage();
  await visit.goto(shop.url + path);
  await watch.expecting(/card 4111/, async () => {
    const sent = visit.waitForResponse((response) => response.url().includes('/envelope/'));
    await visit.click('button');
    await sent;
  });
  await context.close();
}

// The list with `query`, once it has `count` issues.
async function find(query, count) {
  const end = Date.now() + WAIT_MS;
  const rows = page.locator('.issue-list tbody tr');
  do {
    await page.goto(`/issues?${new URLSearchParams({ query })}`);
    if ((await rows.count()) === count) return rows;
  } while (Date.now() < end);
  assert.fail(`${query}: ${await rows.count()} issues instead of ${count}`);
}

test('while nothing broke the list says so', async () => {
  const words = { en: 'No issue matches', de: 'Kein Fehler passt' };
  await lookAt('/issues', { name: 'issues-empty', browserFor: developerOf, words });
});

test('a page breaks, and the issue is in the list, without the person', async () => {
  page = await (await developerOf('en')).newPage();
  await crash('/chairs');
  const rows = await find('is:unresolved', 1);
  const text = await rows.first().textContent();
  for (const part of ['PaymentRefused', 'shop@1.4.2', 'card number removed', 'e-mail address removed']) assert.ok(text.includes(part), part);
  const html = await page.content();
  for (const personal of [VISITOR, '4111', 'jane@']) assert.ok(!html.includes(personal), personal);
});

test('it is opened: stack, steps and what was removed', async () => {
  await page.getByRole('link', { name: /PaymentRefused/ }).click();
  await page.getByRole('heading', { level: 1, name: /PaymentRefused/ }).waitFor();
  await page.locator('.frames .function', { hasText: /./ }).first().waitFor();
  assert.equal(await page.locator('.message .gone', { hasText: 'e-mail address removed' }).count(), 1);
  assert.match(await page.locator('#removed + .hint + .scroll').textContent(), /exception\.values\.0\.value/);
  assert.match(await page.locator('#request ~ .request-line').textContent(), /\/chairs/);
  await page.locator('[data-load] .spread', { hasText: /chairs.*1.*page views since/ }).waitFor();
  const html = await page.content();
  for (const personal of [VISITOR, '4111', 'jane@']) assert.ok(!html.includes(personal), personal);
});

test('resolved, it leaves the list', async () => {
  await page.getByRole('button', { name: 'Resolve', exact: true }).click();
  await page.locator('#status', { hasText: 'resolved' }).waitFor();
  assert.match(await page.locator('.trail-list').textContent(), /resolved/);
  await find('is:unresolved', 0);
  await find('is:resolved', 1);
});

test('broken again in a newer release, it is back and says so', async () => {
  await crash('/next/chairs');
  const rows = await find('is:unresolved is:regressed', 1);
  assert.match(await rows.first().textContent(), /came back.*shop@1\.5\.0/s);
  await rows.first().getByRole('link').click();
  await page.getByText('This issue was resolved and came back.').waitFor();
  assert.match(await page.locator('.trail-list').textContent(), /Mayfly came back in shop@1\.5\.0/);
  assert.match(await page.locator('.releases').textContent(), /shop@1\.5\.0.*shop@1\.4\.2/s);
});

test('in the next release: the known ones do not bring it back', async () => {
  await page.getByRole('button', { name: 'Resolve in the next release' }).click();
  await page.locator('#status', { hasText: 'resolved in the next release' }).waitFor();
  await crash('/next/chairs');
  const rows = await find('is:resolved times_seen:3', 1);
  await rows.first().getByRole('link').click();
  await page.getByRole('button', { name: 'Reopen' }).click();
  await page.locator('#status', { hasText: 'unresolved' }).waitFor();
});

test('from one event to the next and back', async () => {
  const number = () => page.locator('.event-nav .code').textContent();
  const newest = await number();
  await page.getByRole('link', { name: 'Older event' }).click();
  await page.getByRole('link', { name: 'Newer event' }).waitFor();
  const older = await number();
  assert.notEqual(older, newest);
  await page.getByRole('link', { name: 'Newer event' }).click();
  await page.getByText('newest', { exact: true }).waitFor();
  assert.equal(await number(), newest);
});

test('a comment loses what is personal', async () => {
  await page.getByLabel('Comment').fill('ask jane@example.org\nabout cards');
  await page.getByRole('button', { name: 'Add comment' }).click();
  const said = page.locator('.said');
  await said.waitFor();
  assert.equal(await said.textContent(), 'ask e-mail address removed\nabout cards');
});

test('the page of an issue in every look', async () => {
  const words = { en: 'What was removed', de: 'Was entfernt wurde' };
  const act = async (page) => {
    await page.locator('[data-load] #near, [data-load] h3').first().waitFor();
    await page.evaluate(() => {
      for (const part of document.querySelectorAll('details:not(.menu)')) part.open = true;
    });
  };
  const path = new URL(page.url()).pathname;
  await lookAt(path, { name: 'issue', browserFor: developerOf, words, act });
});

test('copied as Markdown', async () => {
  const context = await developerOf('en');
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: mayfly.url });
  await page.getByText('As Markdown').first().click();
  await page.locator('button.copy').click();
  await page.locator('button.copy', { hasText: 'Copied' }).waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /^## PaymentRefused: card \[card\] of \[email\] refused\n/);
  assert.match(text, /\n {2}at .*shop\.js/);
});

test('a query that is not understood is explained beside the field', async () => {
  await shop.fill();
  await page.goto('/issues?query=level%3Aerror+is%3Asolved');
  assert.match(await page.getByRole('alert').textContent(), /After is: comes.*is:solved/);
  const field = page.getByRole('searchbox');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.ok((await field.getAttribute('aria-describedby')).includes('problem'));
});

test('searched, filtered and sorted', async () => {
  await find('', 4);
  await find('level:[warning,fatal]', 2);
  await find('"oak table"', 1);
  await find('', 4);
  await page.getByLabel('Release').selectOption('shop@1.5.0');
  await page.locator('.issue-list tbody tr').first().waitFor();
  await page.waitForURL(/release=shop%401\.5\.0/);
  assert.equal(await page.locator('.issue-list tbody tr').count(), 1);
  await page.getByLabel('Release').selectOption('');
  await page.waitForURL(/release=(&|$)/);
  await page.getByLabel('Order').selectOption('count');
  await page.waitForURL(/sort=count/);
  assert.match(await page.locator('.issue-list tbody tr').first().textContent(), /PaymentRefused/);
});

test('with the keyboard: moved, selected, resolved', async () => {
  await find('is:unresolved', 4);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  assert.equal(await page.locator('tr.current').count(), 1);
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  assert.equal(await page.locator('[name=issue]:checked').count(), 2);
  await page.keyboard.press('e');
  await page.waitForFunction(() => document.querySelectorAll('.issue-list tbody tr').length === 2);
  await find('is:resolved', 2);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate('document.activeElement.id'), 'query');
});

test('with the keys of its page: back to the list, ignored, reopened', async () => {
  await find('is:unresolved', 2);
  await page.locator('.issue-list a').first().click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('c');
  await page.keyboard.type('jeeu'); // letters of a comment are not keys
  assert.equal(await page.getByLabel('Comment').inputValue(), 'jeeu');
  await page.locator('h1').click();
  await page.keyboard.press('i');
  await page.locator('#status', { hasText: 'ignored' }).waitFor();
  await page.keyboard.press('e');
  await page.locator('#status', { hasText: 'unresolved' }).waitFor();
  await page.keyboard.press('u');
  await page.waitForURL(/\/issues\?query=is%3Aunresolved$/);
});

test('ignored until a day, and until so many more events', async () => {
  await page.locator('.issue-list a').first().click();
  const ignore = async (label, value, status) => {
    await page.locator('.decide summary').click();
    await page.getByLabel(label).fill(value);
    await page.keyboard.press('Enter');
    await page.locator('#status', { hasText: status }).waitFor();
    await page.getByRole('button', { name: 'Reopen' }).click();
    await page.locator('#status', { hasText: 'unresolved' }).waitFor();
  };
  await ignore('Until the day', '2100-01-31', 'ignored until 2100-01-31 00:00 UTC');
  await ignore('Until more events', '1234', 'ignored until 1,234 more events');
});

test('several at once, merged and split again', async () => {
  await find('', 4);
  await page.locator('#all').check();
  await page.getByRole('button', { name: 'Merge into one' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.issue-list tbody tr').length === 1);
  await page.locator('.issue-list a').first().click();
  await page.getByRole('button', { name: 'Split off' }).first().click();
  await page.waitForFunction(() => document.querySelectorAll('[value=split]').length === 2);
  await find('', 2);
});

test('the list in every look', async () => {
  const words = { en: 'Last 30 days', de: 'Letzte 30 Tage' };
  await lookAt('/issues?query=', { name: 'issues', browserFor: developerOf, words });
});

test('what is around an issue, in every look', async () => {
  await find('', 2);
  const path = await page.locator('.issue-list a').first().getAttribute('href');
  const words = { en: 'Where it happens', de: 'Wo es passiert' };
  await lookAt(`${path}/around`, { name: 'around', browserFor: developerOf, words });
});

test('an SDK with a wrong key finds out on the page of refusals', async () => {
  const client = 'sentry_client=sentry.javascript.browser%2F11.12.0';
  const address = `${mayfly.url}/api/1/store/?sentry_key=${'0'.repeat(32)}&${client}`;
  assert.equal((await fetch(address, { method: 'POST', body: '{}' })).status, 403);
  const end = Date.now() + WAIT_MS;
  do await page.goto('/refused');
  while (!(await page.content()).includes('key_unknown') && Date.now() < end);
  assert.match(await page.locator('tbody tr').first().textContent(), /key_unknown.*Copy the DSN.*sentry\.javascript/s);
  const words = { en: 'What was refused', de: 'Was abgelehnt wurde' };
  await lookAt('/refused', { name: 'refused', browserFor: developerOf, words });
});

test('everything is reached with Tab', async () => {
  const rows = await find('', 2);
  const reached = await pressTabThrough(page);
  for (const stop of ['Search', 'Resolve', 'Ignore', 'Merge into one']) assert.ok(reached.includes(stop), stop);
  await rows.first().getByRole('link').click();
  await page.locator('[data-load] h3').first().waitFor();
  await pressTabThrough(page);
});

test('no error in a console, no violation of a policy, no request to another host', () => {
  assert.deepEqual(watch.problems, []);
  const own = [mayfly.url, shop.url].map((url) => new URL(url).host);
  assert.deepEqual([...watch.hosts].sort(), own.sort());
});

setTimeout(() => {
  console.error(`no end within ${DEADLINE_MS} ms\n${mayfly?.log ?? ''}`);
  process.exit(1);
}, DEADLINE_MS).unref();
if (process.env.SCREENSHOTS) mkdirSync(process.env.SCREENSHOTS, { recursive: true });
mayfly = await MayflyServer.start();
token = await mayfly.addToken();
shop = await Shop.open(mayfly);
chromium = await requirePackage('playwright-core').chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
});
watch = new Watch();
let [passed, failed] = [0, 0];
for (const { name, run } of tests) {
  const startedAt = Date.now();
  try {
    await run();
    passed += 1;
    console.error(`${((Date.now() - startedAt) / 1000).toFixed(1)} s  ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`FAILED ${name}\n${error.stack}\n`);
  }
}
await chromium.close();
shop.close();
const status = await mayfly.stop();
if (failed || status !== 0) console.error(`Mayfly ended with status ${status}:\n${mayfly.log}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || status !== 0 ? 1 : 0);
