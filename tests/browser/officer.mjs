// A privacy officer's day in real Chromium: runs the checks, opens one, sends a probe, reads what is stored and what was
// deleted, reads the ledger, signs a report, and takes the words for a notice away. Every page in every look.
//
//   node tests/browser/officer.mjs
//
// Same variables and needs as pages.mjs. Ends by itself in under three minutes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';

import { requirePackage } from './harness.mjs';
import { lookAt } from './looks.mjs';
import { MayflyServer, binary } from './mayfly_server.mjs';
import { Watch } from './watch.mjs';

const DEADLINE_MS = 175000;
const WAIT_MS = 30000; // a probe waits until it is stored, and for its partitions to leave the disk
const CLAIMS = 15;

setTimeout(() => {
  console.error(`no end within ${DEADLINE_MS} ms`);
  process.exit(1);
}, DEADLINE_MS).unref();
if (process.env.SCREENSHOTS) mkdirSync(process.env.SCREENSHOTS, { recursive: true });

const mayfly = await MayflyServer.start();
const token = await mayfly.addToken();
// Something to be counted, so that no page is empty.
await fetch(`${mayfly.url}/matomo.php?idsite=1&rec=1&url=https%3A%2F%2Fexample.org%2F&action_name=Hello`);
const chromium = await requirePackage('playwright-core').chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
});
const watch = new Watch();

const officers = {};
async function officerOf(language) {
  if (officers[language]) return officers[language];
  const locale = { en: 'en-GB', de: 'de-DE' }[language];
  const context = await chromium.newContext({ baseURL: mayfly.url, locale });
  context.setDefaultTimeout(WAIT_MS);
  await watch.over(context);
  const page = await context.newPage();
  await page.goto('/');
  await page.locator('details.more > summary').click();
  await page.fill('#token', token);
  await page.locator('#token').press('Enter');
  await page.locator('a[href="/officer"]').waitFor();
  await page.close();
  return (officers[language] = context);
}

async function checks() {
  const page = await (await officerOf('en')).newPage();
  await page.goto('/');
  await page.getByRole('link', { name: 'Evidence' }).click();
  assert.equal(await page.getByText('Not checked yet').count(), CLAIMS);
  await page.getByRole('button', { name: 'Run all checks' }).click();
  await page.getByText('Every claim was true').waitFor();
  assert.equal(await page.locator('.claim .badge.good').count(), CLAIMS);
  const addresses = page.locator('#addresses');
  await addresses.getByText('Show the check').click();
  assert.match(await addresses.locator('pre').textContent(), /^SELECT .*client_ip/);
  await addresses.getByRole('button', { name: 'Run again' }).click();
  await page.waitForURL(/#addresses$/);
  await page.close();
}

async function probe() {
  const page = await (await officerOf('de')).newPage();
  await page.goto('/officer/probe');
  await page.getByText('Seit dem Start des Servers wurde keine Probe gesendet').waitFor();
  await page.getByRole('button', { name: 'Probe senden' }).click();
  await page.getByText('Nirgends wurde etwas Persönliches gefunden').waitFor();
  const row = (name) => page.locator('tr', { hasText: name });
  assert.equal(await row('Adresse des Besuchers (IPv6)').locator('.kept').textContent().then((text) => text.endsWith('::')), true);
  assert.match(await row('Fehler: Nachricht').locator('.kept').textContent(), /Kunde: \[name\].*\[email\]/);
  assert.equal(await row('Fehler: lokale Variablen').locator('.kept').textContent(), 'nichts');
  await page.close();
}

// The ledger says who did it, and the file is verified by the program alone.
async function ledger() {
  const page = await (await officerOf('de')).newPage();
  await page.goto('/officer/ledger');
  await page.getByText('Das Hauptbuch ist unversehrt').waitFor();
  assert.match(await page.locator('#fingerprint').textContent(), /^[0-9a-f]{32}$/);
  await page.getByRole('row', { name: /sandte eine Live-Probe.*ok/ }).first().waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'mayfly-ledger.jsonl' }).click(),
  ]);
  assert.match(verified('ledger', await download.path()), /^Whole: /);
  await page.close();
}

async function reports() {
  const page = await (await officerOf('de')).newPage();
  await page.goto('/officer/reports');
  await page.getByText('Noch wurde keine erstellt').waitFor();
  const handOut = async (form) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator(`form[action$=${form}]`).getByRole('button', { name: 'Als Seite' }).click(),
    ]);
    return await download.path();
  };
  const assessment = await handOut('assessment');
  assert.match(verified('report', assessment), /^Genuine: Self-assessment/);
  await page.getByLabel('Seit (UTC)').fill('2026-01-01T00:00');
  const breach = await handOut('breach');
  assert.match(verified('report', breach), /^Genuine: Breach report/);
  await page.reload();
  await page.getByText('Zuletzt erstellt:').waitFor();
  await page.close();
  await photographed(assessment, 'assessment');
  await photographed(breach, 'breach');
}

function verified(what, file) {
  return spawnSync(binary, [what, 'verify', file], { encoding: 'utf8' }).stdout;
}

// A report as it lies in front of whoever receives it.
async function photographed(file, name) {
  if (!process.env.SCREENSHOTS) return;
  const page = await (await officerOf('de')).newPage();
  await page.setContent(readFileSync(file, 'utf8'));
  await page.screenshot({ path: `${process.env.SCREENSHOTS}/officer-${name}-handed-out.png`, fullPage: true });
  await page.close();
}

async function looks() {
  for (const [path, name, words] of [
    ['/officer', 'evidence', { en: 'Every stored address', de: 'Jeder gespeicherten Adresse' }],
    ['/officer/probe', 'probe', { en: 'Field by field', de: 'Feld für Feld' }],
    ['/officer/inventory', 'inventory', { en: 'The way of the data', de: 'Der Weg der Daten' }],
    ['/officer/deletions', 'deletions', { en: 'What goes next', de: 'Was als Nächstes geht' }],
    ['/officer/ledger', 'ledger', { en: 'The ledger is whole', de: 'Das Hauptbuch ist unversehrt' }],
    ['/officer/reports', 'reports', { en: 'Self-assessment', de: 'Selbsteinschätzung' }],
    ['/officer/notice', 'notice', { en: 'For your privacy notice', de: 'Für Ihre Datenschutzerklärung' }],
  ]) {
    await lookAt(path, { name: `officer-${name}`, browserFor: officerOf, words });
  }
}

// On paper the buttons are gone and every statement is there.
async function paper() {
  const page = await (await officerOf('en')).newPage();
  await page.goto('/officer');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('button', { name: 'Run all checks' }).isVisible(), false);
  if (process.env.SCREENSHOTS) {
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/officer-paper.png`, fullPage: true });
  }
  await page.close();
}

let failed = 0;
for (const step of [checks, probe, ledger, reports, looks, paper]) {
  try {
    await step();
    console.error(`ok  ${step.name}`);
  } catch (error) {
    failed += 1;
    console.error(`FAILED ${step.name}\n${error.stack}\n`);
  }
}
await chromium.close();
const status = await mayfly.stop();
if (watch.problems.length) console.error(watch.problems);
assert.deepEqual([...watch.hosts], [new URL(mayfly.url).host]);
process.exit(failed || watch.problems.length || status !== 0 ? 1 : 0);
