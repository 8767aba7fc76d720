// The tracker in real Chromium: what it sends, call by call.
//
//   node tests/browser/tracker.mjs [PART OF A NAME]
//
// Needs `scripts/clients.sh install` once. Ends by itself in under a minute.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { asset, packages, pause, requirePackage, runTests, sources, test } from './harness.mjs';

const ASSET_GZIP_BYTES_MAX = 4096;

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

// Only those of `params` that are named in `expected`, null for one that must be missing.
function assertParams(params, expected) {
  const seen = Object.keys(expected).map((name) => [name, params[name] ?? null]);
  assert.deepEqual(Object.fromEntries(seen), expected);
}

const TRACK = `_paq.push(['trackPageView']);`;
const IDENTITY = `_paq.push(['setUserId', 'u-9'], ['setCustomDimension', 1, 'gold']);`;
const REFERER = 'https://search.example.com/find';

// ---- the file

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
  assert.doesNotMatch(asset.toString(), /\beval\b|new Function|document\.cookie|innerHTML|[^\0-\x7f]/);
  assert.doesNotMatch(asset.toString(), /getHighEntropyValues|https?:\/\//);
});

// ---- parameters beside the recorded ones

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
  assert.deepEqual(queued.map(({ params }) => params.e_a), ['1', '2']);
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
  assertParams(view.params, { action_name: 'SPA page', idsite: '9', uid: 'u-9', url: `${stage.site}/` });
  assertParams(event.params, { e_c: 'Basket', e_a: 'Add', e_n: 'chair', e_v: '2' });
  assertParams(order.params, {
    ec_id: 'o1',
    ec_dt: null,
    ec_items: '[["s1","Chair","",20,1]]',
  });
  await page.evaluate(() => window.again());
  assert.equal(await page.locator('script[src]').count(), 1, 'the wrapper loads the script once');
});

test('timings come once, as soon as they are complete', async (stage) => {
  const page = await stage.open({ calls: TRACK });
  await page.waitForLoadState('load');
  await page.evaluate(() => _paq.push(['trackEvent', 'a', 'b'], ['trackEvent', 'a', 'c']));
  const timings = (await stage.hits(3)).map(({ params }) => [
    params.pf_srv ?? null,
    params.pf_onl ?? null,
  ]);
  assert.match(timings[0][0], /^\d+$/);
  assert.ok(timings.some(([, onLoad]) => /^\d+$/.test(onLoad)));
  assert.deepEqual(timings[2], [null, null]);
});

// ---- calls

test('pasted order does not matter, unknown calls and bad calls do no harm', async (stage) => {
  const head = `<script>var _paq = [['trackPageView'], ['noSuchCall', 1], ['Plugin.call'], ['A::b'],
    [function () { throw new Error('of the page'); }], ['setUserId', 'later']];</script>`;
  await stage.open({ head });
  const [hit] = await stage.hits(1);
  assertParams(hit.params, { uid: 'later', idsite: '5' });
  assert.deepEqual(stage.problems.length, 1, 'the page hears of its own error');
});

test('functions get the tracker, one for each', async (stage) => {
  const page = await stage.open({ calls: IDENTITY });
  const seen = await page.evaluate(async () => {
    while (!window.Matomo) await new Promise((done) => setTimeout(done, 10));
    const seen = [];
    _paq.push(['addTracker', undefined, 7]);
    _paq.push([function (...values) {
      seen.push([this.getVisitorId(), this.getUserId(), this.getSiteId(), this.setSecureCookie(1), ...values]);
    }, 'x']);
    return [seen, typeof Promise.resolve(Matomo.getAsyncTracker()).then, await Matomo.getTracker().then];
  });
  assert.deepEqual(seen[0], [['', 'u-9', '5', undefined, 'x'], ['', '', '5' && 7, undefined, 'x']]);
  assert.equal(seen[2], undefined, 'a tracker is no promise');
});

test('titles, addresses, excluded parameters', async (stage) => {
  const calls = `_paq.push(['setExcludedQueryParams', ['Email', 'token']], ['setDocumentTitle', 'Set'],
    ['setReferrerUrl', 'https://example.org/from?TOKEN=abc&q=1'], ['trackPageView'],
    ['setCustomUrl', '/virtual?email=jane@example.org&a=%20b#token=abc&x=1'], ['trackPageView', 'Given'],
    ['trackPageView', '', { dimension3: 'once', other: 1 }], ['trackPageView'], ['setCustomUrl', 'https://']);${TRACK}`;
  await stage.open({ path: '/p?email=jane@example.org&b=2', calls });
  const hits = (await stage.hits(5)).map(({ params }) => params);
  const find = (expected) => hits.some((params) => Object.keys(expected).every((key) => (params[key] ?? null) === expected[key]));
  const urlref = 'https://example.org/from?q=1';
  assert.ok(find({ action_name: 'Set', url: `${stage.site}/p?b=2`, urlref }));
  assert.ok(find({ action_name: 'Given', url: `${stage.site}/virtual?a=%20b#x=1`, dimension3: null }));
  assert.ok(find({ action_name: 'Set', dimension3: 'once', other: null }));
  assert.ok(find({ action_name: 'Set', dimension3: null, url: null }), 'a broken address is left out');
  assert.equal(new Set(hits.map(({ pv_id }) => pv_id)).size, 5);
  assert.doesNotMatch(JSON.stringify(hits), /jane|abc/);
});

test('search, goal, links, requests of the page’s own', async (stage) => {
  const calls = `_paq.push(['trackSiteSearch', 'chair', 'garden', 3], ['trackGoal', 4, 9.5],
    ['trackLink', 'https://example.org/a', 'link'], ['trackLink', '/b.zip', 'download'],
    ['trackRequest', 'e_c=x%20y&e_a=z'], ['trackSiteSearch', null], ['trackEvent', '', 'x']);`;
  await stage.open({ calls });
  const hits = (await stage.hits(5)).map(({ params }) => params);
  const by = (name) => hits.find((params) => name in params);
  assertParams(by('search'), { search: 'chair', search_cat: 'garden', search_count: '3' });
  assertParams(by('idgoal'), { idgoal: '4', revenue: '9.5' });
  assert.equal(by('link').link, 'https://example.org/a');
  assert.equal(by('download').download, `${stage.site}/b.zip`);
  assertParams(by('e_c'), { e_c: 'x y', e_a: 'z', idsite: '5' });
});

test('clicks on downloads and links that lead away', async (stage) => {
  const stay = `document.addEventListener('click', (event) => event.preventDefault());`;
  const links = {
    away: 'href="https://example.org/away?x=1"',
    file: 'href="/files/Plan.PDF?v=2"',
    own: 'href="/own"',
    ours: 'href="https://shop.example.com/"',
    sister: 'href="https://www.example.net/"',
    ignored: 'class="matomo_ignore" href="https://example.org/no"',
    marked: 'class="piwik_download" href="/marked"',
    saved: 'download href="/saved"',
    mail: 'href="mailto:jane@example.org"',
    added: 'href="/a.chair"',
  };
  const body = Object.entries(links).map(([id, attributes]) => `<p><a id="${id}" ${attributes}><b>${id}</b></a>`);
  const calls = `_paq.push(['enableLinkTracking'], ['setDomains', ['shop.example.com', '*.example.net']],
    ['addDownloadExtensions', 'chair']);${stay}`;
  const page = await stage.open({ calls, body: body.join('') });
  await page.waitForFunction('window.Matomo');
  for (const id of Object.keys(links)) await page.click(`#${id} b`);
  await page.click('#away', { button: 'right' });
  await page.evaluate(() => _paq.push(['enableLinkTracking', false]));
  await page.click('#away');
  const hits = (await stage.hits(5)).map(({ params }) => params.link ?? params.download);
  const expected = ['/a.chair', '/files/Plan.PDF?v=2', '/marked', '/saved'].map((path) => stage.site + path);
  assert.deepEqual(hits.sort(), [...expected, 'https://example.org/away?x=1'].sort());
});

test('content: seen when visible, clicked, not twice', async (stage) => {
  const block = (name, more) => `<div class="matomoTrackContent" data-content-name="${name}">
    <img class="matomoContentPiece" src="/${name}.png" alt="${name}">${more}</div>`;
  const body = `${block('near', '<a href="#near">near</a><i data-content-ignoreinteraction>no</i>')}
    <div style="height: 5000px"></div>${block('far', '<a href="#far">far</a>')}`;
  const calls = `_paq.push(['setRequestQueueInterval', 50], ['trackVisibleContentImpressions']);`;
  const page = await stage.open({ calls, body });
  await stage.hits(1);
  await page.click('text=near');
  await page.click('i');
  await page.evaluate(() => _paq.push(['trackVisibleContentImpressions']));
  await page.locator('text=far').scrollIntoViewIfNeeded();
  const [near, click, far] = (await stage.hits(3)).map(({ params }) => params);
  const content = { c_n: 'near', c_p: '/near.png', c_t: `${stage.site}/#near` };
  assertParams(near, { ...content, c_i: null });
  assertParams(click, { ...content, c_i: 'click', ca: '1' });
  assertParams(far, { c_n: 'far', c_p: '/far.png', c_i: null });
  await page.evaluate(() => {
    _paq.push(['trackContentImpression', 'n', 'p', 'https://example.org/t']);
    _paq.push(['trackContentInteraction', 'tap', 'n', 'p', 'https://example.org/t']);
    _paq.push(['trackContentInteractionNode', document.querySelector('img'), 'hover']);
  });
  const hits = (await stage.hits(6)).slice(3).map(({ params }) => params);
  assert.deepEqual(hits.map(({ c_i }) => c_i ?? '').sort(), ['', 'hover', 'tap']);
});

test('e-commerce', async (stage) => {
  const calls = `_paq.push(['setEcommerceView', 's1', 'Chair', ['Garden', 'Wood'], 20], ['trackPageView'],
    ['trackPageView', 'after'], ['addEcommerceItem', 's1', 'Chair', ['Garden', 'Wood'], 20, 2],
    ['addEcommerceItem', 's2', 'Table'], ['addEcommerceItem', 's3'], ['removeEcommerceItem', 's3'],
    ['trackEcommerceCartUpdate', 40], ['trackEcommerceOrder', 'o1', 52, 40, 8, 4, false],
    ['trackEcommerceCartUpdate', 0]);`;
  await stage.open({ calls });
  const hits = (await stage.hits(5)).map(({ params }) => params);
  const view = hits.find(({ _pks }) => _pks);
  assertParams(view, { _pks: 's1', _pkn: 'Chair', _pkc: '["Garden","Wood"]', _pkp: '20' });
  assert.equal(hits.find(({ action_name }) => action_name === 'after')._pks, undefined);
  const ec_items = '[["s1","Chair",["Garden","Wood"],20,2],["s2","Table","",0,1]]';
  const order = hits.find(({ ec_id }) => ec_id);
  const ours = { idgoal: '0', revenue: '52', ec_st: '40', ec_tx: '8', ec_sh: '4', ec_dt: null, ec_items };
  assertParams(order, ours);
  const carts = hits.filter((params) => params.idgoal && !params.ec_id);
  assert.deepEqual(carts.map((params) => [params.revenue, params.ec_items]).sort(), [['0', '[]'], ['40', ec_items]]);
});

test('custom variables and dimensions', async (stage) => {
  const calls = `_paq.push(['setCustomVariable', 1, 'kind', 'gold', 'visit'], ['setCustomVariable', 2, 'a', 7, 'page'],
    ['setCustomDimension', 2, 'x'], ['setCustomDimension', 3, 'y'], ['deleteCustomDimension', 2], ['trackPageView', 'one'],
    ['deleteCustomVariables', 'page'], ['trackPageView', 'two']);`;
  await stage.open({ calls });
  const hits = (await stage.hits(2)).map(({ params }) => params);
  const titled = (title) => hits.find((params) => params.action_name === title);
  const _cvar = '{"1":["kind","gold"]}';
  assertParams(titled('one'), { _cvar, cvar: '{"2":["a","7"]}', dimension2: null, dimension3: 'y' });
  assertParams(titled('two'), { _cvar, cvar: null });
});

test('several trackers', async (stage) => {
  const calls = `_paq.push(['addTracker', '${stage.collector}/matomo.php?second=1', 7], ['setUserId', 'both']);${TRACK}`;
  const page = await stage.open({ calls });
  assert.deepEqual((await stage.hits(2)).map(({ params }) => `${params.idsite} ${params.uid}`).sort(), ['5 both', '7 both']);
  const second = stage.requests.find(({ params }) => params.idsite === '7');
  assert.equal(second.params.second, '1', 'a query in the tracker’s address stays');
  await page.evaluate((collector) => {
    const own = Matomo.getTracker(`${collector}/matomo.php`, 8);
    own.setSessionCookieTimeout(1);
    own.trackPageView('own');
    Piwik.getAsyncTracker().trackPageView('first'); // as vue-matomo does
  }, stage.collector);
  const later = (await stage.hits(4)).slice(2).map(({ params }) => `${params.idsite} ${params.action_name}`);
  assert.deepEqual(later.sort(), ['5 first', '8 own']);
  assert.deepEqual(await page.evaluate(() => Matomo.getAsyncTrackers().map((one) => one.getSiteId())), ['5', 7]);
});

test('without a tracker URL, the script’s own origin; callback at load', async (stage) => {
  const head = `<script>window.matomoAsyncInit = () => Matomo.getTracker('', 3).trackPageView('init')</script>`;
  await stage.open({ head, calls: `_paq.shift();${TRACK}` });
  const hits = (await stage.hits(2)).map(({ params }) => params.idsite);
  assert.deepEqual(hits.sort(), ['3', '5']);
});

test('callbacks run, sent or not', async (stage) => {
  const page = await stage.open();
  const count = await page.evaluate(async () => {
    const called = (...call) => new Promise((done) => _paq.push([...call, undefined, done]));
    await called('trackLink', 'https://example.org', 'link');
    _paq.push(['optUserOut']);
    await called('trackEvent', 'a', 'b', 'c', 1);
    return 2;
  });
  assert.equal(count, 2);
  await stage.hits(1);
});

// ---- consent, opt-out, do not track

test('nothing before consent, all after it, remembered for 30 days at most', async (stage) => {
  const calls = `_paq.push(['trackPageView'], ['trackEvent', 'a', 'b'], ['requireConsent']);`;
  const page = await stage.open({ path: '/one', calls });
  await page.waitForFunction('window.Matomo');
  await stage.hits(0);
  await page.evaluate(() => _paq.push(['rememberConsentGiven', 24 * 365]));
  const held = await stage.hits(2);
  assert.deepEqual(held.map(({ params }) => params.consent), ['1', '1']);
  const days = await page.evaluate(() => (localStorage.getItem('mayfly.consent') - Date.now()) / 86400000);
  assert.ok(days > 29.9 && days <= 30, `${days} days`);
  await stage.open({ path: '/two', calls, page });
  await stage.hits(4);
  await page.evaluate(() => _paq.push(['forgetConsentGiven'], ['trackPageView']));
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
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), [], 'a flag that is over is removed');
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

// ---- heartbeat, errors, single-page apps

test('heartbeat: a ping on leaving, if there was time enough', async (stage) => {
  const page = await stage.context.newPage();
  await page.clock.install();
  const calls = `_paq.push(['enableHeartBeatTimer']);${TRACK}`;
  await stage.open({ path: '/long', calls, page });
  await stage.hits(1);
  await page.clock.fastForward(16000);
  await stage.open({ path: '/short', calls, page });
  const hits = await stage.hits(3);
  const pings = hits.filter(({ params }) => params.ping);
  assert.deepEqual(pings.map(({ params }) => params.url), [`${stage.site}/long`]);
  assert.equal(pings[0].params.pv_id, hits[0].params.pv_id);
  await page.clock.fastForward(14000);
  await page.goto(`${stage.site}/nothing`);
  await stage.hits(3);
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
  await page.goBack();
  await stage.hits(4);
  const seen = stage.requests.map(({ params }) => [params.url, params.urlref].map((url) => url.replace(stage.site, '')));
  assert.deepEqual(seen, [
    ['/app', REFERER],
    ['/app/basket', '/app'],
    ['/app/basket#/route', '/app/basket'],
    ['/app/basket', '/app/basket#/route'],
  ]);
  assert.equal(stage.requests[1].params.action_name, 'Basket');
});

test('single-page app with calls of its own, as with the original', async (stage) => {
  const page = await stage.open({ calls: TRACK });
  await stage.hits(1);
  await page.evaluate(() => {
    history.pushState({}, '', '/quiet');
    _paq.push(['setReferrerUrl', '/'], ['setCustomUrl', '/own'], ['setDocumentTitle', 'Own'], ['trackPageView']);
  });
  const [, view] = await stage.hits(2);
  assertParams(view.params, { url: `${stage.site}/own`, urlref: `${stage.site}/`, action_name: 'Own' });
});

// ---- transport

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
  writeFileSync(file, `<script>_paq = [['setSiteId', 5], ['trackPageView']]</script>
    <script src="${stage.collector}/matomo.js"></script>`);
  const page = await stage.context.newPage();
  await page.goto(`file://${file}`);
  assert.equal(await page.evaluate('Matomo.initialized'), true);
  await stage.hits(0);
  rmSync(folder, { recursive: true });
});

// ---- the page it is on

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

await runTests();
