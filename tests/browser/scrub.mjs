// The page on which the scrubber can be tried and a project's own rules, in real Chromium: with and without scripts, by
// keyboard, both languages, every look judged.
//
//   node tests/browser/scrub.mjs
//
// Needs what pages.mjs needs. Ends by itself in under two minutes, on an idle machine in half of one.

import assert from 'node:assert/strict';

import { pressTabThrough } from './keyboard.mjs';
import { lookAt } from './looks.mjs';
import { MayflyServer } from './mayfly_server.mjs';
import { EMAIL, typeAccount } from './operator.mjs';
import { begin, end, launchChromium, run, test } from './strands.mjs';
import { Watch } from './watch.mjs';

const DEADLINE_MS = 175000;
const WAIT_MS = 30000;
const LINE =
  'login of jane.doe@example.org from 203.0.113.7:443 failed, <password=hunter22>\n' +
  'customer K-471100: card 4111 1111 1111 1111, Herr Huber, std::__1::tree v1.2.3.4';
const EVENT = JSON.stringify({
  message: 'no cart for jane.doe@example.org',
  user: { id: '4711', email: 'jane.doe@example.org' },
  request: { url: 'https://example.org/?token=abc123def456', data: { mail: 'jane.doe@example.org' } },
});

const [before, hands, eyes, after] = [[], [], [], []];
let mayfly, chromium, watch, admin;

async function browser({ language = 'en', ...options } = {}) {
  const locale = { en: 'en-GB', de: 'de-DE' }[language];
  const context = await chromium.newContext({ baseURL: mayfly.url, locale, ...options });
  context.setDefaultTimeout(WAIT_MS);
  await watch.over(context);
  return context;
}

const admins = {};
const adminOf = async (language) =>
  (admins[language] ??= await browser({ language, storageState: await admin.storageState() }));

async function scrub(page, text, policy) {
  await page.locator('#text').fill(text);
  if (policy) await page.locator('#policy').selectOption({ label: policy });
  await page.locator('.scrub-form button').click();
  await page.locator('.scrubbed').waitFor();
}

test(before, 'a project with a rule of its own', async () => {
  admin = await browser();
  const page = await admin.newPage();
  await page.goto(mayfly.setupLink);
  await typeAccount(page);
  await page.getByRole('heading', { name: 'What arrived' }).waitFor();
  await page.goto('/projects/1/settings');
  const form = page.locator('form[action$="/scrubbing"]');
  await form.getByLabel('Own rules').fill('customer = K-(');
  await watch.expecting(/status of 422/, async () => {
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('the pattern of rule `customer` is no regular expression').waitFor();
  });
  assert.equal(await form.getByLabel('Own rules').inputValue(), 'customer = K-(');
  await form.getByLabel('Own rules').fill('customer = K-\\d{2,6}');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').getByText('Saved').waitFor();
  assert.equal(await form.getByLabel('Own rules').inputValue(), 'customer = K-\\d{2,6}');
  await form.getByRole('link', { name: 'Try it on a text' }).click();
  assert.equal(await page.locator('#policy').inputValue(), '1');
  await page.close();
});

test(hands, 'a text: what would be stored, marked and explained', async () => {
  const page = await admin.newPage();
  await page.goto('/');
  await page.locator('.menu .who').click();
  await page.getByRole('link', { name: 'Try the scrubber' }).click();
  await scrub(page, LINE, 'of the project 1 · My first project');
  const shown = await page.locator('.scrubbed').textContent();
  assert.equal(
    shown,
    'login of email from 203.0.113.0:443 failed, <password=password>\n' +
      'customer customer: card card, Herr name, std::__1::tree v1.2.3.4',
  );
  const marks = await page.locator('.scrubbed mark').allTextContents();
  assert.deepEqual(marks, ['email', '203.0.113.0', 'password', 'customer', 'card', 'name']);
  const rules = await page.locator('tbody th').allTextContents();
  assert.deepEqual(
    rules.sort(),
    ['E-mail address', 'IPv4 address', 'Name', 'Own rule', 'Password', 'Payment card'],
  );
  assert.equal(await page.locator('#text').inputValue(), '', 'what was pasted is not repeated');
  assert.ok(!(await page.content()).includes('jane.doe'));
  await page.close();
});

test(hands, 'a crash report, without scripts', async () => {
  const storageState = await admin.storageState();
  const context = await browser({ storageState, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/scrub');
  await scrub(page, EVENT, 'strict');
  assert.ok((await page.locator('.scrubbed').textContent()).includes('"message": "no cart for email"'));
  await page.getByRole('row', { name: /Left out.*request\.data/ }).waitFor();
  await scrub(page, EVENT, 'balanced');
  assert.ok((await page.locator('.scrubbed').textContent()).includes('"mail": "email"'));
  await context.close();
});

test(hands, 'everything is reached with Tab', async () => {
  const page = await (await browser({ storageState: await admin.storageState() })).newPage();
  await page.goto('/scrub');
  await scrub(page, LINE);
  const reached = await pressTabThrough(page);
  const own = reached.slice(reached.indexOf(EMAIL) + 1);
  assert.deepEqual(own.slice(0, 2), ['What would be stored', 'What was found']);
  assert.equal(own.length, 6, 'text and policy');
  assert.deepEqual(own.slice(-2), ['Scrub', 'IP geolocation by DB-IP']);
  await page.context().close();
});

test(eyes, 'a result in every look', async () => {
  const words = { en: 'What would be stored', de: 'Was gespeichert würde' };
  const act = (page) => scrub(page, LINE);
  await lookAt('/scrub', { name: 'scrub', browserFor: adminOf, words, act });
});

test(eyes, 'the rules of a project in every look', async () => {
  const words = { en: 'Own rules', de: 'Eigene Regeln' };
  await lookAt('/projects/1/settings', { name: 'scrubbing', browserFor: adminOf, words });
});

test(after, 'no error in a console, no violation of a policy, no request to another host', () => {
  assert.deepEqual(watch.problems, []);
  assert.deepEqual([...watch.hosts], [new URL(mayfly.url).host]);
  assert.ok(!mayfly.log.includes('jane.doe'));
});

begin(DEADLINE_MS, () => mayfly?.log ?? '');
mayfly = await MayflyServer.start();
chromium = await launchChromium();
watch = new Watch();
await run(before);
await run(hands);
await run(eyes);
await run(after);
await chromium.close();
await end(mayfly);
