// What a page can call, and what is then sent.

import assert from 'node:assert/strict';

import { test } from './harness.mjs';
import { IDENTITY, TRACK, assertParams } from './shared.mjs';

test('pasted order does not matter, unknown calls and bad calls do no harm', async (stage) => {
  const head = `<script>var _paq = [['trackPageView'], ['noSuchCall', 1], ['Plugin.call'], ['A::b'],
    [function () { throw new Error('of the page'); }], ['setUserId', 'later']];</script>`;
  await stage.open({ head });
  const [hit] = await stage.hits(1);
  assertParams(hit.params, { uid: 'later', idsite: '5' });
  assert.equal(stage.problems.length, 1, 'the page hears of its own error');
});

test('functions get the tracker, one call for each', async (stage) => {
  const page = await stage.open({ calls: IDENTITY });
  await page.waitForFunction('window.Matomo');
  const seen = await page.evaluate(() => {
    const seen = [];
    const look = function (...values) {
      seen.push([this.getSiteId(), this.getUserId(), this.getVisitorId(), ...values]);
      this.setSecureCookie(true); // a call of the original that does nothing here
    };
    _paq.push(['addTracker', undefined, 7], [look, 'x']);
    return seen;
  });
  assert.deepEqual(seen, [
    ['5', 'u-9', '', 'x'],
    [7, '', '', 'x'],
  ]);
  assert.equal(await page.evaluate(() => typeof Matomo.getAsyncTracker().then), 'undefined');
});

test('titles, addresses, excluded parameters', async (stage) => {
  const calls = `_paq.push(['setExcludedQueryParams', ['Email', 'token']], ['setDocumentTitle', 'Set'],
    ['setReferrerUrl', 'https://example.org/from?TOKEN=abc&q=1'], ['trackPageView'],
    ['setCustomUrl', '/virtual?email=jane@example.org&a=%20b#token=abc&x=1'], ['trackPageView', 'Given'],
    ['trackPageView', '', { dimension3: 'once', other: 1 }], ['trackPageView'], ['setCustomUrl', 'https://']);${TRACK}`;
  await stage.open({ path: '/p?email=jane@example.org&b=2', calls });
  const hits = (await stage.hits(5)).map(({ params }) => params);
  const find = (expected) =>
    hits.some((params) =>
      Object.keys(expected).every((key) => (params[key] ?? null) === expected[key]),
    );
  const urlref = 'https://example.org/from?q=1';
  assert.ok(find({ action_name: 'Set', url: `${stage.site}/p?b=2`, urlref }));
  assert.ok(
    find({ action_name: 'Given', url: `${stage.site}/virtual?a=%20b#x=1`, dimension3: null }),
  );
  assert.ok(find({ action_name: 'Set', dimension3: 'once', other: null }));
  assert.ok(
    find({ action_name: 'Set', dimension3: null, url: null }),
    'a broken address is left out',
  );
  assert.equal(new Set(hits.map(({ pv_id }) => pv_id)).size, 5);
  assert.doesNotMatch(JSON.stringify(hits), /jane|abc/);
});

test('search, goal, links, requests of the page’s own', async (stage) => {
  const calls = `_paq.push(['trackSiteSearch', 'chair', 'garden', 3], ['trackGoal', 4, 9.5],
    ['trackLink', 'https://example.org/a', 'link'], ['trackLink', '/b.zip', 'download'],
    ['trackRequest', 'e_c=x%20y&e_a=z'], ['trackSiteSearch', null], ['trackEvent', '', 'x'],
    ['trackGoal']);`;
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
  const body = Object.entries(links).map(
    ([id, attributes]) => `<p><a id="${id}" ${attributes}><b>${id}</b></a>`,
  );
  const calls = `_paq.push(['enableLinkTracking'], ['setDomains', ['shop.example.com', '*.example.net']],
    ['addDownloadExtensions', 'chair']);${stay}`;
  const page = await stage.open({ calls, body: body.join('') });
  await page.waitForFunction('window.Matomo');
  for (const id of Object.keys(links)) await page.click(`#${id} b`);
  await page.click('#away', { button: 'right' });
  await page.evaluate(() => _paq.push(['enableLinkTracking', false]));
  await page.click('#away');
  const hits = (await stage.hits(5)).map(({ params }) => params.link ?? params.download);
  const expected = ['/a.chair', '/files/Plan.PDF?v=2', '/marked', '/saved'].map(
    (path) => stage.site + path,
  );
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
  const ours = {
    idgoal: '0',
    revenue: '52',
    ec_st: '40',
    ec_tx: '8',
    ec_sh: '4',
    ec_dt: null,
    ec_items,
  };
  assertParams(order, ours);
  const carts = hits.filter((params) => params.idgoal && !params.ec_id);
  assert.deepEqual(carts.map((params) => [params.revenue, params.ec_items]).sort(), [
    ['0', '[]'],
    ['40', ec_items],
  ]);
});

test('custom variables and dimensions', async (stage) => {
  const calls = `_paq.push(['setCustomVariable', 1, 'kind', 'gold', 'visit'], ['setCustomVariable', 2, 'a', 7, 'page'],
    ['setCustomDimension', 2, 'x'], ['setCustomDimension', 3, 'y'], ['deleteCustomDimension', 2], ['trackPageView', 'one'],
    ['deleteCustomVariables', 'page'], ['trackPageView', 'two']);`;
  await stage.open({ calls });
  const hits = (await stage.hits(2)).map(({ params }) => params);
  const titled = (title) => hits.find((params) => params.action_name === title);
  const _cvar = '{"1":["kind","gold"]}';
  assertParams(titled('one'), {
    _cvar,
    cvar: '{"2":["a","7"]}',
    dimension2: null,
    dimension3: 'y',
  });
  assertParams(titled('two'), { _cvar, cvar: null });
});

test('several trackers', async (stage) => {
  const calls = `_paq.push(['addTracker', '${stage.collector}/matomo.php?second=1', 7], ['setUserId', 'both']);${TRACK}`;
  const page = await stage.open({ calls });
  assert.deepEqual(
    (await stage.hits(2)).map(({ params }) => `${params.idsite} ${params.uid}`).sort(),
    ['5 both', '7 both'],
  );
  const second = stage.requests.find(({ params }) => params.idsite === '7');
  assert.equal(second.params.second, '1', 'a query in the tracker’s address stays');
  await page.evaluate((collector) => {
    const own = Matomo.getTracker(`${collector}/matomo.php`, 8);
    own.setSessionCookieTimeout(1);
    own.trackPageView('own');
    Piwik.getAsyncTracker().trackPageView('first'); // as vue-matomo does
  }, stage.collector);
  const later = (await stage.hits(4))
    .slice(2)
    .map(({ params }) => `${params.idsite} ${params.action_name}`);
  assert.deepEqual(later.sort(), ['5 first', '8 own']);
  assert.deepEqual(
    await page.evaluate(() => Matomo.getAsyncTrackers().map((one) => one.getSiteId())),
    ['5', 7],
  );
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
