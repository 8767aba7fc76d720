// The served file, and its requests beside those recorded of Matomo's own script.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';

import { asset, packages, requirePackage, sources, test } from './harness.mjs';
import { IDENTITY, REFERER, TRACK, assertParams } from './shared.mjs';

const ASSET_GZIP_BYTES_MAX = 4096;

const keysOfTimings = (params) => Object.keys(params).filter((name) => name.startsWith('pf_'));

// The parameters that Matomo 5.2's own script sends, as recorded from Chromium.
const ORIGINAL = {
  pageview: `action_name idsite rec r h m s url urlref uid _id _idn send_image _rcn _rck _refts _ref
    dimension1 pv_id pf_net pf_srv pf_tfr pf_dm1 uadata pdf qt realp wma fla java ag cookie res`,
  event: `e_c e_a e_n e_v ca idsite rec r h m s url urlref uid _id _idn send_image _rcn _rck _refts
    _ref dimension1 pf_net pf_srv pf_tfr pf_dm1 pf_dm2 pf_onl pv_id uadata pdf qt realp wma fla java
    ag cookie res`,
  impression: `c_n c_p c_t ca idsite rec r h m s url urlref uid _id _idn send_image _rcn _rck _refts
    _ref dimension1 pv_id uadata pdf qt realp wma fla java ag cookie res`,
  queued: `e_c e_a idsite rec r h m s url urlref uid _id _idn send_image _rcn _rck _refts _ref
    dimension1 pv_id uadata pdf qt realp wma fla java ag cookie res`,
  cookieless: `action_name idsite rec r h m s url urlref _id _idn send_image _rcn _rck _refts _ref
    dimension1 pv_id uadata`,
  wrapper: `action_name idsite rec r h m s url uid _id _idn send_image _refts pv_id pf_net pf_srv
    pf_tfr pf_dm1 pf_dm2 pf_onl uadata pdf qt realp wma fla java ag cookie res`,
  ping: `ping idsite rec r h m s url uid _id _idn send_image _refts dimension1 pv_id uadata pdf qt
    realp wma fla java ag cookie res`,
};
// What this tracker leaves out on purpose: local time and plug-ins say who somebody is, the request's
// headers say the browser, and the server reads campaign and referrer from url and urlref.
const LEFT_OUT = `h m s _idn _refts _ref _rcn _rck uadata pdf qt realp wma fla java ag cookie`;

const words = (text) => text.split(/\s+/);
// The timings depend on how far the page has loaded; they have their own test.
const keys = (names) => names.filter((name) => !name.startsWith('pf_')).sort();

function assertKeys(params, original, added = []) {
  const expected = words(original).filter((name) => !words(LEFT_OUT).includes(name));
  assert.deepEqual(keys(Object.keys(params)), keys([...expected, ...added]));
}

test('the served file is what esbuild makes of the sources', async () => {
  const { outputFiles } = await requirePackage('esbuild').build({
    entryPoints: [sources],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2018',
    write: false,
  });
  assert.equal(asset.toString(), outputFiles[0].text);
});

test('the served file is small, plain and without eval', () => {
  const size = gzipSync(asset, { level: 9 }).length;
  assert.ok(size < ASSET_GZIP_BYTES_MAX, `${size} bytes gzipped`);
  assert.doesNotMatch(
    asset.toString(),
    /\beval\b|new Function|document\.cookie|innerHTML|[^\0-\x7f]/,
  );
  assert.doesNotMatch(asset.toString(), /getHighEntropyValues|https?:\/\//);
});

test('page view', async (stage) => {
  const path = '/index.html?mtm_campaign=fr%C3%BChling&mtm_kwd=schuhe#a';
  await stage.open({ path, calls: IDENTITY + TRACK, referer: REFERER });
  const [hit] = await stage.hits(1);
  assertKeys(hit.params, ORIGINAL.pageview);
  assertParams(hit.params, {
    action_name: 'Chairs – Müller & Söhne',
    idsite: '5',
    rec: '1',
    url: stage.site + path,
    urlref: REFERER,
    uid: 'u-9',
    _id: '',
    send_image: '0',
    dimension1: 'gold',
    res: '1366x768',
  });
  assert.match(hit.params.pv_id, /^[0-9a-z]{6}$/);
  assert.deepEqual([hit.method, hit.where], ['POST', 'query']);
});

test('event', async (stage) => {
  const page = await stage.open({ calls: IDENTITY, referer: REFERER });
  await page.evaluate(() => _paq.push(['trackEvent', 'Video', 'play', 'Intro', 42.5]));
  const [hit] = await stage.hits(1);
  assertKeys(hit.params, ORIGINAL.event);
  assertParams(hit.params, { e_c: 'Video', e_a: 'play', e_n: 'Intro', e_v: '42.5', ca: '1' });
});

test('queue and content go in bulk', async (stage) => {
  const body = `<div data-track-content data-content-name="teaser">
    <img data-content-piece="banner.png" alt=""><a href="#x" data-content-target>x</a></div>`;
  const calls = `${IDENTITY}_paq.push(['trackAllContentImpressions'], ['setRequestQueueInterval', 300],
    ['queueRequest', 'e_c=q&e_a=1'], ['queueRequest', 'e_c=q&e_a=2']);`;
  await stage.open({ calls, body, referer: REFERER });
  const hits = await stage.hits(3);
  assert.deepEqual(new Set(hits.map(({ where }) => where)), new Set(['bulk']));
  const impression = hits.find(({ params }) => params.c_n).params;
  assertKeys(impression, ORIGINAL.impression);
  assertParams(impression, { c_n: 'teaser', c_p: 'banner.png', c_t: `${stage.site}/#x`, ca: '1' });
  const queued = hits.filter(({ params }) => params.e_c);
  assert.deepEqual(
    queued.map(({ params }) => params.e_a),
    ['1', '2'],
  );
  assertKeys(queued[0].params, ORIGINAL.queued);
});

test('POST in the body, and no cookie with any call', async (stage) => {
  const calls = `_paq.push(['setCustomDimension', 1, 'gold'], ['setRequestMethod', 'POST'],
    ['setCookieDomain', '*.example.org'], ['setVisitorCookieTimeout', 9999], ['setVisitorId', '${'a'.repeat(16)}'],
    ['rememberCookieConsentGiven'], ['setCookieConsentGiven']);${TRACK}`;
  await stage.open({ calls, referer: REFERER });
  const [hit] = await stage.hits(1);
  assertKeys(hit.params, ORIGINAL.cookieless, ['res']);
  assert.deepEqual([hit.method, hit.where], ['POST', 'body']);
  assert.match(hit.type, /^application\/x-www-form-urlencoded/);
  assert.equal(hit.params._id, '');
  assert.deepEqual(await stage.context.cookies(), []);
});

test('ping', async (stage) => {
  await stage.open({ calls: `${IDENTITY}_paq.push(['ping']);` });
  const [hit] = await stage.hits(1);
  assertKeys(hit.params, ORIGINAL.ping);
});

test('wrapper @jonkoops/matomo-tracker', async (stage) => {
  const contents = `import MatomoTracker from '@jonkoops/matomo-tracker';
    const tracker = new MatomoTracker({ urlBase: '${stage.collector}', siteId: 9, userId: 'u-9',
      linkTracking: false, configurations: { disableCookies: true, setRequestMethod: 'POST' } });
    tracker.trackPageView({ documentTitle: 'SPA page' });
    tracker.trackEvent({ category: 'Basket', action: 'Add', name: 'chair', value: 2 });
    tracker.addEcommerceItem({ sku: 's1', productName: 'Chair', productPrice: 20 });
    tracker.trackEcommerceOrder({ orderId: 'o1', orderRevenue: 20 });
    window.again = () => new MatomoTracker({ urlBase: '${stage.collector}', siteId: 9 });`;
  const { outputFiles } = await requirePackage('esbuild').build({
    stdin: { contents, resolveDir: packages },
    bundle: true,
    format: 'iife',
    write: false,
  });
  const head = '<script>delete window._paq</script>';
  const script = `<script>_paq.length = 0;${outputFiles[0].text}</script>`;
  const page = await stage.open({ head, script });
  const [view, event, order] = await stage.hits(3);
  assertKeys(view.params, ORIGINAL.wrapper);
  assertParams(view.params, {
    action_name: 'SPA page',
    idsite: '9',
    uid: 'u-9',
    url: `${stage.site}/`,
  });
  assertParams(event.params, { e_c: 'Basket', e_a: 'Add', e_n: 'chair', e_v: '2' });
  assertParams(order.params, {
    ec_id: 'o1',
    ec_dt: null,
    ec_items: '[["s1","Chair","",20,1]]',
  });
  await page.evaluate(() => window.again());
  assert.equal(await page.locator('script[src]').count(), 1, 'the wrapper loads the script once');
});

test('timings come once, as soon as they are complete, with their own page', async (stage) => {
  const page = await stage.open({ path: '/one', calls: TRACK });
  await page.waitForLoadState('load');
  await page.waitForFunction(() => performance.getEntriesByType('navigation')[0].loadEventEnd);
  await page.evaluate(() => _paq.push(['trackEvent', 'a', '1']));
  await stage.hits(2);
  await page.evaluate(() => _paq.push(['trackEvent', 'a', '2'], ['trackPageView']));
  const hits = (await stage.hits(4)).map(({ params }) => params);
  const complete = hits.find(({ e_a, pf_onl }) => e_a === '1' || pf_onl);
  for (const name of ['pf_net', 'pf_srv', 'pf_tfr', 'pf_dm1', 'pf_dm2', 'pf_onl']) {
    assert.match(complete[name] ?? '', /^\d+$/, name);
  }
  assert.match(hits[0].pf_srv, /^\d+$/);
  assert.deepEqual(keysOfTimings(hits[2]), []);
  assert.deepEqual(keysOfTimings(hits[3]), []);
  await stage.open({
    path: '/two',
    calls: `_paq.push(['trackPageView'], ['trackPageView', 'next']);`,
    page,
  });
  const next = (await stage.hits(6)).find(({ params }) => params.action_name === 'next');
  assert.deepEqual(keysOfTimings(next.params), []);
});
