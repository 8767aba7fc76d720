// One tracker: its settings, and the calls that a page can make on it.

import { BLOCK, IGNORED, describe, partOf } from './content.js';
import { hasFlag, setFlag } from './flags.js';
import {
  BULK_REQUESTS_MAX,
  HEARTBEAT_S,
  REMEMBER_HOURS_MAX,
  ROUTE_SETTLE_MS,
  SEEN_MAX,
  WAITING_REQUESTS_MAX,
} from './limits.js';
import { DOWNLOADS, kindOf } from './links.js';
import { loadTimings } from './timings.js';
import { encode, transmit } from './transmit.js';

const OPT_OUT = 'mayfly.optout';
const CONSENT = 'mayfly.consent';

// What the values of a call are called in a request. Two more may follow them: an object with
// dimensions for this request only, and a callback.
const VALUES = {
  trackEvent: 'e_c e_a e_n e_v',
  trackSiteSearch: 'search search_cat search_count',
  trackGoal: 'idgoal revenue',
  trackEcommerceOrder: 'ec_id revenue ec_st ec_tx ec_sh ec_dt',
  trackEcommerceCartUpdate: 'revenue',
  trackContentImpression: 'c_n c_p c_t',
  trackContentInteraction: 'c_i c_n c_p c_t',
};
// The scopes of custom variables.
const VARIABLES = { page: 'cvar', visit: '_cvar', event: 'e_cvar' };
// The original's other calls can be made on a tracker and do nothing. A `then` is none of them.
const OTHER_CALLS = /^[a-z]+[A-Z]/;

const ignore = () => {};
const newId = () => (1 + Math.random()).toString(36).slice(2, 8);

// Captures, so that a page that stops an event does not hide it.
function listen(types, run) {
  for (const type of types.split(' ')) addEventListener(type, run, true);
}

export function createTracker(trackerUrl, siteId, addTracker) {
  // Each has a call to set and one to get it.
  const settings = {
    TrackerUrl: trackerUrl,
    SiteId: siteId,
    UserId: '',
    CustomUrl: '',
    ReferrerUrl: document.referrer,
    DocumentTitle: '',
    ExcludedQueryParams: [],
    Domains: [],
    DownloadExtensions: DOWNLOADS,
    RequestMethod: '',
    RequestQueueInterval: 2500,
    DoNotTrack: false,
  };
  // Each has a call to enable and one to disable it.
  const switches = {
    LinkTracking: false,
    JSErrorTracking: false,
    PerformanceTracking: true,
    HeartBeatTimer: false, // or seconds
  };
  let tracksClicksOnContent = false;
  let followsRoutes = false;
  let consentRequired = false;
  let consentGiven = hasFlag(CONSENT);
  let pageviewId = newId();
  let pageviews = 0;
  let seen = new Set();
  let activeSince = 0;
  let lastSentAt = 0;
  let queued = [];
  let queueTimer;
  let product;
  let cart = {};
  const dimensions = {};
  const variables = {};

  // An absolute address without the parameters that the page wants left out.
  function clean(address) {
    const excluded = [].concat(settings.ExcludedQueryParams).map((name) => name.toLowerCase());
    const isKept = (pair) => !excluded.includes(pair.split('=')[0].toLowerCase());
    const kept = (text) => text.slice(1).split('&').filter(isKept).join('&');
    try {
      const url = new URL(address, location);
      url.search = kept(url.search);
      url.hash = kept(url.hash);
      return url.href;
    } catch {}
  }

  const mayTrack = () =>
    settings.SiteId &&
    location.protocol !== 'file:' &&
    !hasFlag(OPT_OUT) &&
    !(settings.DoNotTrack && (navigator.doNotTrack == 1 || navigator.globalPrivacyControl));

  const mustWait = () => !calls.hasConsent() || document.prerendering;

  // The query of a request: what is special about it, then what all have in common.
  function build(request, data) {
    const common = {
      idsite: settings.SiteId,
      rec: 1,
      r: newId(), // no two alike, lest a cache answers
      url: clean(settings.CustomUrl || location.href),
      urlref: settings.ReferrerUrl && clean(settings.ReferrerUrl),
      uid: settings.UserId,
      send_image: 0,
      pv_id: pageviewId,
      res: screen.width + 'x' + screen.height,
      ...dimensions,
      ...variables,
    };
    for (const name in data) if (/^dimension\d+$/.test(name)) common[name] = data[name];
    return request + '&_id=&' + encode(common);
  }

  // At the last moment: what was held back is sent because of the consent.
  const stated = (query) => query + (consentGiven ? '&consent=1' : '');

  function hand(query, isBulk) {
    lastSentAt = Date.now();
    transmit(settings.TrackerUrl, query, isBulk, settings.RequestMethod === 'POST');
  }

  function send(query, callback) {
    if (mayTrack()) {
      if (mustWait()) enqueue(query);
      else hand(stated(query));
    }
    // Also if nothing was sent: pages go on to the next address in it.
    if (typeof callback === 'function') setTimeout(callback);
  }

  function track(params, data, callback) {
    if (switches.PerformanceTracking) {
      Object.assign(params, loadTimings());
      switches.PerformanceTracking = params.pf_onl == null; // until they are complete
    }
    send(build(encode(params), data), callback);
  }

  function enqueue(query) {
    if (queued.length >= BULK_REQUESTS_MAX) flush();
    if (mayTrack() && queued.length < WAITING_REQUESTS_MAX) queued.push(query);
    queueTimer = queueTimer || setTimeout(flush, settings.RequestQueueInterval);
  }

  function flush() {
    clearTimeout(queueTimer);
    queueTimer = 0;
    while (queued.length && !mustWait()) {
      const requests = queued.splice(0, BULK_REQUESTS_MAX).map((query) => '?' + stated(query));
      if (mayTrack()) hand(JSON.stringify({ requests, send_image: 0 }), true);
    }
  }

  const isFirst = (key) => !seen.has(key) && seen.size < SEEN_MAX && seen.add(key);

  function sendImpression(block) {
    const content = describe(block, clean);
    if (isFirst(JSON.stringify(content))) enqueue(build(encode({ ...content, ca: 1 })));
  }

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) sendImpression(entry.target);
  });

  function trackBlocks(node, onlyVisible) {
    tracksClicksOnContent = true;
    if (document.readyState !== 'complete') {
      return listen('load', () => trackBlocks(node, onlyVisible));
    }
    for (const block of node.querySelectorAll(BLOCK)) {
      if (!onlyVisible) sendImpression(block);
      watcher.unobserve(block); // so that it is reported anew
      if (onlyVisible) watcher.observe(block);
    }
  }

  function onClick(event) {
    if (event.button > 1) return; // a menu was opened, nothing followed
    const path = event.composedPath().filter((node) => node.matches);
    const find = (selector) => path.find((node) => node.matches(selector));
    const block = tracksClicksOnContent && find(BLOCK);
    if (block && path.includes(partOf(block, 'Target')) && !find(IGNORED)) {
      calls.trackContentInteractionNode(block, 'click');
    }
    const link = switches.LinkTracking && find('a[href],area[href]');
    const kind = link && kindOf(link, settings.DownloadExtensions, settings.Domains);
    if (kind) calls.trackLink(link.href, kind);
  }

  function onAttention({ type }) {
    const now = Date.now();
    const isActive = type !== 'pagehide' && !document.hidden && document.hasFocus();
    if (!isActive) {
      const active_ms = now - Math.max(activeSince, lastSentAt);
      const beat_ms = switches.HeartBeatTimer * 1000;
      if (activeSince && beat_ms && active_ms >= beat_ms) calls.ping();
      flush();
    }
    activeSince = isActive ? activeSince || now : 0;
  }

  function onError({ message, filename, lineno, colno }) {
    const place = clean(filename || location.href) + ':' + lineno + ':' + colno;
    // A file that could not be loaded has no message.
    if (switches.JSErrorTracking && message && isFirst(place + message)) {
      calls.trackEvent('JavaScript Errors', place, message);
    }
  }

  const calls = {
    addTracker: (url, id) => addTracker(url || settings.TrackerUrl, id || settings.SiteId),
    resetUserId: () => void (settings.UserId = ''),
    getVisitorId: () => '',
    getPageViewId: () => pageviewId,

    trackPageView(title, data, callback) {
      if (pageviews++) switches.PerformanceTracking = false; // not of this page
      pageviewId = newId();
      seen = new Set();
      const action_name = title || settings.DocumentTitle || document.title;
      track({ action_name, ...product }, data, callback);
      product = {};
    },
    trackLink(url, kind, data, callback) {
      track({ [kind || 'link']: clean(url) }, data, callback);
    },
    trackRequest: (request, data, callback) => send(build(request, data), callback),
    queueRequest: (request, isFull) => enqueue(isFull ? request : build(request)),
    ping: () => send(build('ping=1')),

    trackContentInteractionNode(node, interaction) {
      const block = node.closest(BLOCK) || node;
      track({ c_i: interaction || 'Unknown', ...describe(block, clean), ca: 1 });
    },
    trackContentImpressionsWithinNode: (node) => trackBlocks(node),
    trackAllContentImpressions: () => trackBlocks(document),
    trackVisibleContentImpressions: () => trackBlocks(document, true),
    addDownloadExtensions(extensions) {
      settings.DownloadExtensions = [].concat(settings.DownloadExtensions, extensions);
    },

    setCustomDimension: (id, value) => void (dimensions['dimension' + id] = value),
    deleteCustomDimension: (id) => void delete dimensions['dimension' + id],
    setCustomVariable(index, name, value, scope = 'visit') {
      const kind = VARIABLES[scope];
      variables[kind] = { ...variables[kind], [index]: [String(name), String(value)] };
    },
    deleteCustomVariables: (scope) => void delete variables[VARIABLES[scope]],

    setEcommerceView(_pks, _pkn, _pkc, _pkp) {
      product = { _pks, _pkn, _pkc, _pkp };
    },
    addEcommerceItem(sku, name = '', category = '', price = 0, quantity = 1) {
      cart[sku] = [String(sku), name, category, price, quantity];
    },
    removeEcommerceItem: (sku) => void delete cart[sku],
    clearEcommerceCart: () => void (cart = {}),

    requireConsent: () => void (consentRequired = true),
    hasConsent: () => consentGiven || !consentRequired,
    setConsentGiven() {
      consentGiven = true;
      setFlag(OPT_OUT);
      flush();
    },
    rememberConsentGiven(hours) {
      setFlag(CONSENT, hours || REMEMBER_HOURS_MAX);
      calls.setConsentGiven();
    },
    hasRememberedConsent: () => hasFlag(CONSENT),
    forgetConsentGiven: () => calls.optUserOut(),
    optUserOut() {
      setFlag(CONSENT);
      setFlag(OPT_OUT, REMEMBER_HOURS_MAX);
      consentRequired = true;
      consentGiven = false;
      queued = [];
    },
    forgetUserOptOut: () => setFlag(OPT_OUT),
    isUserOptedOut: () => hasFlag(OPT_OUT),

    enableSinglePageApps() {
      if (followsRoutes) return;
      followsRoutes = true;
      const route = () => location.href.replace(/#(?![!/]).*/, ''); // an anchor is no page
      const pushState = history.pushState;
      let last = route();
      let timer;
      const onRoute = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          if (route() === last) return;
          settings.ReferrerUrl = last;
          settings.CustomUrl = settings.DocumentTitle = '';
          last = route();
          calls.trackPageView();
        }, ROUTE_SETTLE_MS);
      };
      history.pushState = (...values) => {
        pushState.apply(history, values);
        onRoute();
      };
      listen('popstate', onRoute);
    },
  };

  for (const name in VALUES) {
    calls[name] = (...values) => {
      const params = {};
      if (values[0] == null || values[0] === '') return;
      for (const param of VALUES[name].split(' ')) params[param] = values.shift();
      if (params.e_c || params.c_n) params.ca = 1;
      if (/Eco/.test(name)) {
        params.idgoal = 0;
        params.ec_items = Object.values(cart);
        if (params.ec_id) cart = {};
      }
      track(params, ...values);
    };
  }
  for (const name in settings) {
    calls['set' + name] = (value) => void (settings[name] = value);
    calls['get' + name] = () => settings[name];
  }
  for (const name in switches) {
    calls['enable' + name] = (value = HEARTBEAT_S) => void (switches[name] = value);
    calls['disable' + name] = () => void (switches[name] = false);
  }

  setFlag(OPT_OUT, hasFlag(OPT_OUT) ? REMEMBER_HOURS_MAX : 0); // who comes back stays out
  if (!consentGiven) setFlag(CONSENT); // one that is over
  onAttention({});
  listen('click auxclick', onClick);
  listen('blur focus pagehide pageshow visibilitychange', onAttention);
  listen('prerenderingchange', flush);
  listen('error', onError);

  return new Proxy(calls, {
    get: (target, name) => target[name] || (OTHER_CALLS.test(String(name)) ? ignore : undefined),
  });
}
