// Consent, opt-out and Do Not Track; what is left behind on the page; CSP and SRI.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { asset, test } from './harness.mjs';
import { TRACK } from './shared.mjs';

test('nothing before consent, all after it, remembered for 30 days at most', async (stage) => {
  const calls = `_paq.push(['trackPageView'], ['trackEvent', 'a', 'b'], ['requireConsent']);`;
  const page = await stage.open({ path: '/one', calls });
  await page.waitForFunction('window.Matomo');
  await stage.hits(0);
  await page.evaluate(() => _paq.push(['rememberConsentGiven', 24 * 365]));
  const held = await stage.hits(2);
  assert.deepEqual(
    held.map(({ where }) => where),
    ['bulk', 'bulk'],
  );
  assert.deepEqual(
    held.map(({ params }) => params.consent),
    ['1', '1'],
    'the server learns of the consent, also for what was held back',
  );
  const days = await page.evaluate(
    () => (localStorage.getItem('mayfly.consent') - Date.now()) / 86400000,
  );
  assert.ok(days > 29.9 && days <= 30, `${days} days`);
  await stage.open({ path: '/two', calls, page });
  await stage.hits(4);
  await page.evaluate(() => {
    _paq.push(['forgetConsentGiven'], ['trackPageView'], ['queueRequest', 'e_c=q&e_a=q']);
  });
  await page.evaluate(() => _paq.push(['setConsentGiven'], ['optUserOut']));
  await stage.hits(4);
  await stage.open({ path: '/two', calls, page });
  await stage.hits(4);
  await page.evaluate(() => _paq.push(['setConsentGiven']));
  await page.waitForFunction(() => !localStorage.getItem('mayfly.optout'));
  await page.evaluate(() => _paq.push(['trackPageView', 'again']));
  const last = (await stage.hits(5)).pop();
  assert.equal(last.params.action_name, 'again', 'what was refused is not sent later');
});

test('opt-out holds over pages, without a cookie', async (stage) => {
  const page = await stage.open({ path: '/one', calls: `_paq.push(['optUserOut']);${TRACK}` });
  await page.waitForFunction('window.Matomo');
  await stage.open({ path: '/two', calls: TRACK, page });
  const state = () =>
    page.evaluate(() => {
      const tracker = Matomo.getAsyncTracker();
      const days = (localStorage.getItem('mayfly.optout') - Date.now()) / 86400000;
      return [tracker.isUserOptedOut(), days > 29.9 && days <= 30];
    });
  await page.waitForFunction('window.Matomo');
  assert.deepEqual(await state(), [true, true]);
  await stage.hits(0);
  await page.evaluate(() => _paq.push(['forgetUserOptOut']));
  await stage.open({ path: '/three', calls: TRACK, page });
  await stage.hits(1);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  assert.deepEqual(await stage.context.cookies(), []);
  await page.evaluate(() => localStorage.setItem('mayfly.optout', Date.now() - 1));
  await stage.open({ path: '/four', calls: TRACK, page });
  await stage.hits(2);
  assert.deepEqual(
    await page.evaluate(() => Object.keys(localStorage)),
    [],
    'a flag that is over is removed',
  );
});

test('setDoNotTrack heeds DNT and Global Privacy Control', async (stage) => {
  const calls = `${TRACK}_paq.push(['setDoNotTrack', true]);`;
  for (const name of ['doNotTrack', 'globalPrivacyControl']) {
    const before = `Object.defineProperty(navigator, '${name}', { value: '1' })`;
    const page = await stage.open({ path: `/${name}`, calls, before });
    await page.waitForFunction('window.Matomo');
  }
  await stage.hits(0);
  await stage.open({ path: '/neither', calls });
  await stage.hits(1);
});

test('no global but _paq, Matomo, Piwik; no cookie, no storage', async (stage) => {
  const head = `<script>window.before = new Set(Object.getOwnPropertyNames(window))</script>`;
  const page = await stage.open({ head, calls: TRACK });
  await stage.hits(1);
  const added = await page.evaluate(() =>
    Object.getOwnPropertyNames(window).filter((name) => !window.before.has(name)),
  );
  assert.deepEqual(added.sort(), ['Matomo', 'Piwik', '_paq', 'before']);
  assert.deepEqual(await stage.context.cookies(), []);
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
});

test('loaded twice it counts once', async (stage) => {
  const tag = `<script async src="${stage.collector}/matomo.js"></script>`;
  const page = await stage.open({ calls: TRACK, script: tag + tag.replace('async', 'defer') });
  await page.waitForLoadState('load');
  await stage.hits(1);
});

test('without localStorage it tracks, and an opt-out holds on the page', async (stage) => {
  const before = `Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })`;
  const page = await stage.open({ calls: TRACK, before });
  await stage.hits(1);
  await page.evaluate(() => _paq.push(['optUserOut'], ['trackPageView']));
  await stage.hits(1);
  assert.deepEqual(stage.problems, []);
});

const integrityOf = (bytes) => `sha384-${createHash('sha384').update(bytes).digest('base64')}`;

test('under a strict content security policy, with trusted types and SRI', async (stage) => {
  const nonce = 'bWF5Zmx5';
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; connect-src ${stage.collector}; base-uri 'none';
    require-trusted-types-for 'script'; trusted-types 'none'`;
  const script = `<script nonce="${nonce}" async crossorigin="anonymous" integrity="${integrityOf(asset)}"
    src="${stage.collector}/matomo.js"></script>`;
  const calls = `_paq.push(['enableLinkTracking'], ['trackAllContentImpressions'], ['enableJSErrorTracking'],
    ['enableSinglePageApps'], ['enableHeartBeatTimer']);${TRACK}`;
  const headers = { 'content-security-policy': policy.replace(/\s+/g, ' ') };
  await stage.open({ calls, script, headers, nonce });
  await stage.hits(1);
  assert.deepEqual(stage.problems, []);
});

test('with another file than SRI expects nothing runs', async (stage) => {
  const integrity = integrityOf(Buffer.concat([asset, Buffer.from(' ')]));
  const script = `<script async crossorigin="anonymous" integrity="${integrity}"
    src="${stage.collector}/matomo.js"></script>`;
  const page = await stage.open({ calls: TRACK, script });
  await page.waitForLoadState('load');
  await stage.hits(0);
  assert.equal(await page.evaluate(() => typeof window.Matomo), 'undefined');
});
