// What a visitor decides, in real Chromium on a site of another origin than Mayfly's: the opt-out
// for visits and for crash reports (with the real @sentry/browser), Matomo's two embeds, and the
// page on which visitors see and delete what is held about them. Last, consent: in a project that
// asks for it nothing is stored before the visitor says yes, whatever tracker and SDK send.
//
//   node tests/browser/choices.mjs
//
// Needs a built program, `scripts/clients.sh install` and `scripts/fetch.sh all` once. Ends by
// itself in under two minutes. SCREENSHOTS names a folder for pictures.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';

import { packages, requirePackage } from './harness.mjs';
import { lookAt } from './looks.mjs';
import { MayflyServer } from './mayfly_server.mjs';

const DEADLINE_MS = 110000;
const BROWSER_ID = '9f86d081884c7d65';
const OTHER_BROWSER_ID = '3a7bd3e2360a3d29';
setTimeout(() => {
  console.error(`no end within ${DEADLINE_MS} ms`);
  process.exit(1);
}, DEADLINE_MS).unref();

const mayfly = await MayflyServer.start();
const token = await mayfly.addToken();

async function sql(statement) {
  const url = `${mayfly.url}/api/v1/sql?default_format=TabSeparated`;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(url, { method: 'POST', headers, body: statement });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.text()).trim();
}

// Until a query says so, or ten seconds have passed.
async function eventually(statement, expected) {
  let found;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    found = await sql(statement);
    if (found === expected) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(found, expected, statement);
}

const bundled = await requirePackage('esbuild').build({
  stdin: {
    contents: `import * as Sentry from '@sentry/browser';
      Sentry.init({ dsn: '${mayfly.dsn}', beforeSend: MayflyOptOut.beforeSend });
      window.report = (text) => { Sentry.captureMessage(text); return Sentry.flush(3000); };`,
    resolveDir: packages,
  },
  bundle: true,
  write: false,
  format: 'iife',
});
const matomo = `${mayfly.url}/index.php?module=CoreAdminHome`;
const embedded = `<script>var _paq = window._paq = [['setTrackerUrl', '${mayfly.url}/matomo.php'],
  ['setSiteId', '1'], ['trackPageView']];</script><script async src="${mayfly.url}/matomo.js"></script>`;
// What a page does that asks first: the tracker waits, and the SDK's reports are held back.
const patient = embedded.replace('[[', "[['requireConsent'], [");
const page = (embed, title, tracker = embedded) => `<!doctype html><html lang="de"><meta charset="utf-8"><title>${title}</title>
  <div id="choice"></div>${embed}<script src="/app.js"></script>${tracker}`;
const pages = {
  '/script': page(`<script src="${mayfly.url}/opt-out.js?divId=choice"></script>`, 'script'),
  '/matomo': page(
    `<script src="${matomo}&action=optOutJS&divId=choice&language=en&showIntro=0&fontColor=336699&backgroundColor=url(x)"></script>`,
    'matomo',
  ),
  '/frame': page(
    `<script src="${mayfly.url}/opt-out.js"></script><iframe src="${matomo}&action=optOut&language=de"></iframe>`,
    'frame',
  ),
  '/consent': page(
    `<script src="${mayfly.url}/opt-out.js?consent=required"></script>`,
    'consent',
    patient,
  ),
  '/careless': page(`<script src="${mayfly.url}/opt-out.js"></script>`, 'careless'),
};
const site = http.createServer((request, response) => {
  if (request.url === '/app.js') {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(bundled.outputFiles[0].text);
    return;
  }
  const html = pages[request.url];
  const policy = `default-src 'none'; script-src 'self' 'unsafe-inline' ${mayfly.url}; connect-src ${mayfly.url}; frame-src ${mayfly.url}`;
  const headers = { 'content-type': 'text/html', 'content-security-policy': policy };
  response.writeHead(html ? 200 : 204, html ? headers : {}).end(html);
});
site.listen(0, '127.0.0.1');
await once(site, 'listening');
const siteUrl = `http://localhost:${site.address().port}`;

const chromium = await requirePackage('playwright-core').chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const errors = [];
async function visitor() {
  const context = await chromium.newContext({ locale: 'de-DE', acceptDownloads: true });
  context.setDefaultTimeout(10000);
  const opened = await context.newPage();
  opened.on('pageerror', (error) => errors.push(error.message));
  opened.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return opened;
}
const picture = async (opened, name) => {
  const folder = process.env.SCREENSHOTS;
  if (folder) await opened.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
};
const flags = (opened) =>
  opened.evaluate(() => {
    const days = (name) => Math.ceil((localStorage.getItem(name) - Date.now()) / 86400000);
    return Object.fromEntries(Object.keys(localStorage).map((name) => [name, days(name)]));
  });
const views = (title) => `SELECT count() FROM analytics_events WHERE title = '${title}'`;
const everything = `SELECT (SELECT count() FROM analytics_events) + (SELECT count() FROM error_events)
  + (SELECT count() FROM sessions) + (SELECT count() FROM spans) + (SELECT count() FROM logs)`;
const crashes = (text) => `SELECT count() FROM error_events WHERE message = '${text}'`;

const steps = {
  async 'the script: visits and crash reports, each by itself'() {
    const opened = await visitor();
    await opened.goto(`${siteUrl}/script`);
    await eventually(views('script'), '1');
    assert.match(await opened.textContent('#choice'), /Ihre Wahl bleibt nur in diesem Browser/);
    await picture(opened, 'opt-out-script');
    await opened.evaluate(() => report('before'));
    await eventually(crashes('before'), '1');

    await opened.uncheck('[name=errors]');
    assert.deepEqual(await flags(opened), { 'mayfly.optout.errors': 30 });
    await opened.evaluate(() => report('after'));
    await opened.uncheck('[name=analytics]');
    assert.deepEqual(await flags(opened), { 'mayfly.optout': 30, 'mayfly.optout.errors': 30 });
    await opened.reload();
    assert.deepEqual(
      [await opened.isChecked('[name=analytics]'), await opened.isChecked('[name=errors]')],
      [false, false],
    );
    await opened.evaluate(() => report('later'));

    await opened.check('[name=analytics]');
    assert.deepEqual(await flags(opened), { 'mayfly.optout.errors': 30 });
    await opened.reload();
    await eventually(views('script'), '2');
    assert.equal(await sql("SELECT count() FROM error_events WHERE message IN ('after', 'later')"), '0');
    await opened.check('[name=errors]');
    await opened.evaluate(() => report('again'));
    await eventually(crashes('again'), '1');
    assert.deepEqual(await opened.context().cookies(), []);
  },

  async "Matomo's script takes its parameters"() {
    const opened = await visitor();
    await opened.goto(`${siteUrl}/matomo`);
    const text = await opened.textContent('#choice');
    assert.match(text, /My visits may be counted/);
    assert.doesNotMatch(text, /You decide/, 'showIntro=0');
    const style = await opened.getAttribute('#choice', 'style');
    assert.equal(style, 'color: rgb(51, 102, 153);', 'what is no colour is left out');
    await opened.uncheck('[name=analytics]');
    await eventually(views('matomo'), '1');
    await opened.reload();
    await opened.evaluate(() => report('matomo done'));
    await eventually(crashes('matomo done'), '1');
    assert.equal(await sql(views('matomo')), '1');
  },

  async "Matomo's frame tells the page around it"() {
    const opened = await visitor();
    await opened.goto(`${siteUrl}/frame`);
    const frame = opened.frameLocator('iframe');
    await frame.getByRole('button', { name: 'Meine Besuche nicht zählen' }).waitFor();
    await opened.evaluate(() => {
      const data = { mayflyOptOut: { errors: true } };
      dispatchEvent(new MessageEvent('message', { origin: 'https://evil.example', data }));
    });
    assert.deepEqual(await flags(opened), {}, 'other origins are not believed');
    await frame.getByRole('button', { name: 'Meine Besuche nicht zählen' }).click();
    await opened.waitForFunction(() => localStorage.getItem('mayfly.optout'));
    assert.deepEqual(await flags(opened), { 'mayfly.optout': 30 });
    await opened.reload();
    await frame.getByRole('button').first().waitFor();
    assert.deepEqual(await flags(opened), { 'mayfly.optout': 30 }, 'opening the frame changes nothing');
    await picture(opened, 'opt-out-frame');
  },

  async 'the page remembers without a script'() {
    const context = await chromium.newContext({ locale: 'en-GB', javaScriptEnabled: false });
    const opened = await context.newPage();
    await opened.goto(`${mayfly.url}/opt-out`);
    await opened.getByRole('button', { name: 'Do not count my visits' }).click();
    await opened.getByText('Your visits are not counted.').waitFor();
    await picture(opened, 'opt-out-page');
    const [cookie] = await context.cookies();
    const days = (cookie.expires - Date.now() / 1000) / 86400;
    assert.ok(cookie.name === 'mayfly_opt_out' && days > 29.9 && days <= 30, `${days} days`);
    const answer = await context.request.get(`${mayfly.url}/matomo.php?idsite=1&rec=1&action_name=page`);
    assert.equal(answer.headers()['x-mayfly-outcome'], 'objected');
    await opened.getByRole('button', { name: 'Count my visits' }).click();
    await opened.getByText('Your visits are counted, anonymously.').waitFor();
    assert.deepEqual(await context.cookies(), []);
  },

  async 'visitors see, download, refuse and delete what is held'() {
    const hit = `${mayfly.url}/matomo.php?idsite=1&rec=1&action_name=held&_id=${BROWSER_ID}`;
    await fetch(hit);
    const opened = await visitor();
    const asked = [];
    opened.on('request', (request) => asked.push(request.url()));
    await opened.goto(`${mayfly.url}/privacy/1#id=${BROWSER_ID}`);
    assert.equal(await opened.inputValue('#id'), BROWSER_ID);
    assert.equal(new URL(opened.url()).hash, '');
    await opened.getByRole('button', { name: 'Anzeigen' }).click();
    await opened.locator('#answer').getByText('Gefundene Zeilen: 1').waitFor();
    await opened.locator('#held summary').click();
    await opened.locator('#held').getByText('held', { exact: true }).waitFor();
    await picture(opened, 'privacy');
    const downloading = opened.waitForEvent('download');
    await opened.getByRole('button', { name: 'Herunterladen' }).click();
    const file = await (await downloading).createReadStream();
    const text = Buffer.concat(await file.toArray()).toString();
    assert.equal(JSON.parse(text).tables.analytics_events[0].title, 'held');
    await opened.uncheck('[name=analytics]');
    await opened.locator('#answer').getByText('Gespeichert.').waitFor();
    assert.equal((await fetch(hit)).headers.get('x-mayfly-outcome'), 'objected');
    await opened.getByText('Löschen …').click();
    await opened.getByRole('button', { name: 'Alles löschen' }).click();
    await opened.locator('#answer').getByText('Gelöschte Zeilen: 1').waitFor();
    await opened.locator('#answer').getByText('Eine anschließende Suche fand nichts mehr.').waitFor();
    assert.equal(await sql(views('held')), '0');
    assert.ok(asked.every((url) => !url.includes(BROWSER_ID)), 'the id is in no address');
    assert.deepEqual(await opened.evaluate(() => Object.keys(localStorage)), []);
  },

  async 'both pages, in both languages, light and dark, wide and narrow'() {
    await fetch(`${mayfly.url}/matomo.php?idsite=1&rec=1&action_name=looked%20at&_id=${OTHER_BROWSER_ID}`);
    const browserFor = (language) =>
      chromium.newContext({ locale: { en: 'en-GB', de: 'de-DE' }[language] });
    const words = { en: 'Your choice', de: 'Ihre Wahl' };
    await lookAt(`${mayfly.url}/opt-out`, { name: 'opt-out', browserFor, words });
    const act = async (opened) => {
      await opened.locator('button[value=see]').click();
      await opened.locator('#held summary').first().click();
    };
    await lookAt(`${mayfly.url}/privacy/1#id=${OTHER_BROWSER_ID}`, {
      name: 'privacy',
      browserFor,
      words: { en: 'What is held about you', de: 'Was über Sie gespeichert ist' },
      act,
    });
  },

  async 'nothing is stored before consent'() {
    await mayfly.set('consent', 'required_for_all');
    const before = await sql(everything);
    // A page that asks nobody: the server stores none of it, SDK sessions included.
    const careless = await visitor();
    await careless.goto(`${siteUrl}/careless`);
    await careless.evaluate(() => report('careless'));
    const opened = await visitor();
    const sent = [];
    opened.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
    await opened.goto(`${siteUrl}/consent`);
    await opened.waitForFunction(() => window.MayflyOptOut && window.Matomo);
    await opened.evaluate(() => report('too early'));
    assert.ok(!sent.some((request) => /matomo.php|too early/.test(request)));
    assert.deepEqual(await flags(opened), {});

    await opened.evaluate(() => MayflyOptOut.giveConsent());
    assert.deepEqual(await flags(opened), { 'mayfly.consent': 30 });
    await opened.evaluate(() => report('in time'));
    await eventually(crashes('in time'), '1');
    await eventually(views('consent'), '1');
    assert.equal(await sql(everything), String(Number(before) + 2), 'the view and the report only');

    await opened.evaluate(() => MayflyOptOut.withdrawConsent());
    await opened.evaluate(() => report('too late'));
    await opened.reload();
    assert.deepEqual(Object.keys(await flags(opened)), ['mayfly.optout']);
    assert.ok(!sent.some((request) => request.includes('too late')));
  },
};

let failed = 0;
for (const [name, run] of Object.entries(steps)) {
  try {
    await run();
    assert.deepEqual(errors.splice(0), []);
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    errors.length = 0;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
await chromium.close();
site.close();
await mayfly.stop();
process.exit(failed ? 1 : 0);
