// Mayfly's tracker: takes the calls of Matomo's tracker and speaks its protocol.
//
// Comes in: calls pushed to `_paq`, or made on what `Matomo.getTracker()` returns.
// Goes out: requests to /matomo.php.
// Deliberately not there: cookies, a visitor id, plug-in lists, high-entropy client hints, eval.
//
// docs/TRACKER.md says what is supported and how to build ../ui/assets/matomo.js from these files.

import { createTracker } from './tracker.js';

// These are for one tracker; all other calls are for every tracker of `_paq`.
const FOR_ONE = /^(setTrackerUrl|setSiteId|addTracker)$/;
// Calls made before this script came run in this order, and within a row in the order of the page:
// people paste trackPageView above setTrackerUrl, and a refusal counts for what stands before it.
const CALLS_FIRST = [FOR_ONE, /Consent|Opt|optUser|UserId|DoNotTrack|Domains|Excluded/, /^/];

const script = document.currentScript;
const trackers = [];

function newTracker(trackerUrl, siteId) {
  const origin = (script && script.src) || location.href;
  return createTracker(trackerUrl || new URL('/matomo.php', origin).href, siteId, addTracker);
}

function addTracker(trackerUrl, siteId) {
  const tracker = newTracker(trackerUrl, siteId);
  trackers.push(tracker);
  return tracker;
}

function apply(call) {
  const [name, ...values] = [].concat(call);
  for (const tracker of FOR_ONE.test(name) ? trackers.slice(0, 1) : trackers.slice()) {
    // One bad call must not take the page's other calls with it.
    try {
      if (typeof name === 'function') name.apply(tracker, values);
      else if (tracker[name]) tracker[name](...values);
    } catch (error) {
      console.error(error);
    }
  }
}

const rank = (call) => CALLS_FIRST.findIndex((pattern) => pattern.test(call[0]));

// Already there: loaded twice, or beside the original.
if (!window.Matomo) {
  addTracker();
  window.Matomo = window.Piwik = {
    initialized: true,
    addTracker,
    getTracker: newTracker,
    getAsyncTrackers: () => trackers,
    getAsyncTracker: () => trackers[0],
  };
  const calls = (window._paq = window._paq || []);
  const early = Array.from(calls);
  calls.push = (...later) => later.forEach(apply);
  early.sort((one, other) => rank(one) - rank(other)).forEach(apply);
  const init = window.matomoAsyncInit || window.piwikAsyncInit;
  if (init) init();
}
