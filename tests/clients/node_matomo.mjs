// Sends with matomo-tracker, as a server does for its visitors.
//
//   node_matomo.mjs --server URL --marker WORD [--site 1] [--scenario S]
//
// single     GET: everything in actions.mjs, one request each
// bulk       POST: a page view and an event as JSON
//
// Personal data sits in page address, referrer, user id, custom variable, titles and names.

import { actionsOf } from './actions.mjs';
import { quiet, requireClient, Sender } from './common.mjs';

const sender = new Sender('matomo-tracker', ['single', 'bulk']);
const { person } = sender;
sender.watchHttp();

const Tracker = requireClient('matomo-tracker');
const tracker = new Tracker(Number(sender.arguments.site), `${sender.arguments.server}/matomo.php`);
const failures = [];
tracker.on('error', (error) => failures.push(`matomo-tracker reports ${error}`));

// The parameters of Matomo's protocol that a call stands for: this client has no calls of its own.
const PARAMETERS = {
  trackPageView: (action_name) => ({ action_name }),
  trackEvent: (e_c, e_a, e_n, e_v) => ({ e_c, e_a, e_n, e_v, ca: 1 }),
  trackSiteSearch: (search, search_cat, search_count) => ({ search, search_cat, search_count }),
  trackGoal: (idgoal, revenue) => ({ idgoal, revenue }),
  trackLink: (address, type) => ({ [type]: address }),
  trackContentImpression: (c_n, c_p, c_t) => ({ c_n, c_p, c_t, ca: 1 }),
  trackContentInteraction: (c_i, c_n, c_p, c_t) => ({ c_i, c_n, c_p, c_t, ca: 1 }),
  addEcommerceItem: (...item) => ({ ec_items: JSON.stringify([item]) }),
  trackEcommerceCartUpdate: (revenue) => ({ idgoal: 0, revenue }),
  trackEcommerceOrder: (ec_id, revenue, ec_st, ec_tx, ec_sh, ec_dt) =>
    ({ idgoal: 0, ec_id, revenue, ec_st, ec_tx, ec_sh, ec_dt }),
  setEcommerceView: (_pks, _pkn, _pkc, _pkp) => ({ _pks, _pkn, _pkc: JSON.stringify(_pkc), _pkp }),
  ping: () => ({ ping: 1 }),
};

const title = `Garden chairs for ${person.email}`;
const actions = actionsOf(person, title);

// The parameters of an action on the page at `path`; notes what was sent.
function request({ kind, calls, find, fields }, path) {
  const query = `color=green&email=${person.email}&access_token=${person.token}`;
  const page = { host: 'shop.example.com', query: 'color=green', screen: '1280x1024', language: 'de' };
  const seen = { browser: 'Chrome', browser_major: 140, referrer_host: 'search.example.com' };
  const visit_variables = { plan: 'pro', customer: person.email };
  sender.note(kind, { ...find, path }, { ...page, ...seen, visit_variables, ...fields });
  const own = calls.map(([name, ...values]) => PARAMETERS[name](...values));
  return Object.assign(
    {
      url: `https://shop.example.com${path}?${query}`,
      urlref: `https://search.example.com/?q=chair&user=${person.email}`,
      uid: person.email,
      _id: person.visitor,
      ua: person.userAgent,
      lang: person.language,
      res: '1280x1024',
      dimension1: 'gold',
      _cvar: JSON.stringify({ 1: ['customer', person.email], 2: ['plan', 'pro'] }),
      action_name: title,
    },
    ...own.map((parameters) => JSON.parse(JSON.stringify(parameters))), // without what is undefined
  );
}

const scenarios = {
  single: () => actions.map((action) => tracker.track(request(action, '/matomo-tracker/single'))),
  bulk: () => tracker.trackBulk(actions.slice(0, 2).map((action) => request(action, '/matomo-tracker/bulk'))),
};

const requests = { single: actions.length, bulk: 1 };
let expected = 0;
for (const scenario of sender.scenarios) {
  scenarios[scenario]();
  expected += requests[scenario];
}
await quiet(() => sender.statuses.length + failures.length, expected, 200);
sender.finish(failures);
