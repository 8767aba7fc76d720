// What happens by itself: heartbeat, errors, routes, and the ways that requests take.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { test } from './harness.mjs';
import { REFERER, TRACK, assertParams } from './shared.mjs';

test('heartbeat: a ping on leaving, if there was time enough', async (stage) => {
  const page = await stage.context.newPage();
  // Only the test moves this clock: a slow machine adds nothing to the visitor's attention.
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(60000);
  const calls = `_paq.push(['enableHeartBeatTimer']);${TRACK}`;
  await stage.open({ path: '/long', calls, page });
  await stage.hits(1);
  await page.clock.fastForward(16000);
  await stage.open({ path: '/short', calls, page });
  const hits = await stage.hits(3);
  const pings = hits.filter(({ params }) => params.ping);
  assert.deepEqual(
    pings.map(({ params }) => params.url),
    [`${stage.site}/long`],
  );
  assert.equal(pings[0].params.pv_id, hits[0].params.pv_id);
  await page.clock.fastForward(14000);
  await stage.open({
    path: '/own',
    calls: `_paq.push(['enableHeartBeatTimer', 6]);${TRACK}`,
    page,
  });
  await stage.hits(4);
  await page.clock.fastForward(7000);
  await page.goto(`${stage.site}/nothing`);
  assert.equal((await stage.hits(5)).pop().params.ping, '1');
});

test('JavaScript errors, each once', async (stage) => {
  const body = `<button onclick="(() => { throw new TypeError('no chair'); })()">x</button>
    <img src="/missing.png" alt="">`;
  const page = await stage.open({ calls: `_paq.push(['enableJSErrorTracking']);`, body });
  await page.waitForFunction('window.Matomo');
  await page.click('button');
  await page.click('button');
  const [{ params }] = await stage.hits(1);
  assertParams(params, { e_c: 'JavaScript Errors', e_n: 'Uncaught TypeError: no chair', ca: '1' });
  assert.match(params.e_a, /^http:\/\/localhost:\d+\/:\d+:\d+$/);
});

test('single-page app: routes are page views, anchors are not', async (stage) => {
  const calls = `_paq.push(['enableSinglePageApps'], ['enableSinglePageApps']);${TRACK}`;
  const page = await stage.open({ path: '/app', calls, referer: REFERER });
  await stage.hits(1);
  await page.evaluate(() => {
    history.pushState({}, '', '/app/redirected');
    history.pushState({}, '', '/app/basket');
    document.title = 'Basket';
  });
  await stage.hits(2);
  await page.evaluate(() => (location.hash = 'anchor'));
  await page.evaluate(() => (location.hash = '/route'));
  await stage.hits(3);
  await page.goBack();
  await stage.hits(4);
  const seen = stage.requests.map(({ params }) =>
    [params.url, params.urlref].map((url) => url.replace(stage.site, '')),
  );
  assert.deepEqual(seen, [
    ['/app', REFERER],
    ['/app/basket', '/app'],
    ['/app/basket#/route', '/app/basket'],
    ['/app/basket#anchor', '/app/basket#/route'],
  ]);
  assert.equal(stage.requests[1].params.action_name, 'Basket');
});

test('single-page app with calls of its own, as with the original', async (stage) => {
  const page = await stage.open({ calls: TRACK });
  await stage.hits(1);
  await page.evaluate(() => {
    history.pushState({}, '', '/quiet');
    _paq.push(
      ['setReferrerUrl', '/'],
      ['setCustomUrl', '/own'],
      ['setDocumentTitle', 'Own'],
      ['trackPageView'],
    );
  });
  const [, view] = await stage.hits(2);
  assertParams(view.params, {
    url: `${stage.site}/own`,
    urlref: `${stage.site}/`,
    action_name: 'Own',
  });
});

test('a long request goes in the body', async (stage) => {
  await stage.open({ calls: `_paq.push(['trackPageView', '${'long '.repeat(500)}']);` });
  const [hit] = await stage.hits(1);
  assert.equal(hit.where, 'body');
  assert.equal(hit.params.action_name.length, 2500);
});

test('without sendBeacon by fetch, without fetch by picture', async (stage) => {
  const noBeacon = `navigator.sendBeacon = () => { throw new Error('blocked'); };`;
  await stage.open({ path: '/fetch', calls: TRACK, before: noBeacon });
  const refused = `navigator.sendBeacon = () => false; window.fetch = () => Promise.reject(new TypeError());`;
  await stage.open({ path: '/picture', calls: TRACK, before: refused });
  const hits = await stage.hits(2);
  const methods = hits.map(({ method, params }) => `${method} ${new URL(params.url).pathname}`);
  assert.deepEqual(methods.sort(), ['GET /picture', 'POST /fetch']);
  assert.deepEqual(stage.problems, []);
});

test('the queue is sent when the page is left', async (stage) => {
  const calls = `_paq.push(['setRequestQueueInterval', 60000]);
    for (let i = 0; i < 60; i++) _paq.push(['queueRequest', 'e_c=q&e_a=' + i]);`;
  const page = await stage.open({ calls });
  await stage.hits(50); // a full bulk goes at once
  await page.goto(`${stage.site}/nothing`);
  await stage.hits(60);
});

test('a prerendered page counts when it is shown', async (stage) => {
  const before = `Object.defineProperty(document, 'prerendering', { value: true, writable: true })`;
  const page = await stage.open({ calls: TRACK, before });
  await page.waitForFunction('window.Matomo');
  await stage.hits(0);
  await page.evaluate(() => {
    document.prerendering = false;
    document.dispatchEvent(new Event('prerenderingchange'));
  });
  await stage.hits(1);
});

test('a file on disk is not tracked', async (stage) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-tracker-'));
  const file = join(folder, 'page.html');
  writeFileSync(
    file,
    `<script>_paq = [['setSiteId', 5], ['trackPageView']]</script>
    <script src="${stage.collector}/matomo.js"></script>`,
  );
  const page = await stage.context.newPage();
  await page.goto(`file://${file}`);
  assert.equal(await page.evaluate('Matomo.initialized'), true);
  await stage.hits(0);
  rmSync(folder, { recursive: true });
});
