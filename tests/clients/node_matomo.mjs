// Sends with matomo-tracker, as a server does for its visitors: a page view, an event, a bulk.
//
//   node_matomo.mjs --server URL --marker WORD [--site 1] [--scenario S]
//
// pageview   GET: personal data in page address, referrer, user id, custom variable
// event      GET: an event that names a person
// bulk       POST: a page view and an event as JSON

import { quiet, requireClient, Sender } from './common.mjs';

const sender = new Sender('matomo-tracker', ['pageview', 'event', 'bulk']);
const { person } = sender;
sender.watchHttp();

const Tracker = requireClient('matomo-tracker');
const tracker = new Tracker(Number(sender.arguments.site), `${sender.arguments.server}/matomo.php`);
const failures = [];
tracker.on('error', (error) => failures.push(`matomo-tracker reports ${error}`));

const path = '/matomo-tracker/chairs';
const resolution = '1280x1024';

function visitor() {
  const query = `color=green&email=${person.email}&access_token=${person.token}`;
  return {
    url: `https://shop.example.com${path}?${query}`,
    urlref: `https://search.example.com/?q=chair&user=${person.email}`,
    uid: person.email,
    _id: person.visitor,
    ua: person.userAgent,
    lang: person.language,
    res: resolution,
    _cvar: JSON.stringify({ 1: ['customer', person.email] }),
  };
}

function pageview(title) {
  sender.sent.push({ kind: 'pageview', path, resolution, title });
  return { ...visitor(), action_name: `${title} for ${person.email}` };
}

function event(action) {
  sender.sent.push({ kind: 'event', path, resolution, category: 'Basket', action, value: 2 });
  const name = `chair of ${person.email}`;
  return { ...visitor(), e_c: 'Basket', e_a: action, e_n: name, e_v: 2, ca: 1 };
}

const scenarios = {
  pageview: () => tracker.track(pageview('Garden chairs')),
  event: () => tracker.track(event('Add')),
  bulk: () => tracker.trackBulk([pageview('Garden chairs, second look'), event('Remove')]),
};

for (const scenario of sender.scenarios) scenarios[scenario]();
await quiet(() => sender.statuses.length + failures.length, sender.scenarios.length, 200);
sender.finish(failures);
