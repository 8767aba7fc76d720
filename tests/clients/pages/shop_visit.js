// A visitor does everything that a tracker can report.

import { actionsOf } from '../actions.mjs';

// `call(name, ...values)` makes a call of Matomo's script by way of the tracker in the page.
export function visitShop(call) {
  const { person } = window.settings;
  window.sent = [];
  call('setCustomDimension', 1, 'gold');
  for (const { kind, calls, find, fields } of actionsOf(person, document.title)) {
    for (const [name, ...values] of calls) call(name, ...values);
    const { host, pathname } = window.location;
    const page = { query: 'color=green', screen: '1280x1024', language: 'de' };
    const seen = { browser: 'Chrome', browser_major: 140, referrer_host: 'search.example.com' };
    window.sent.push({ kind, find: { ...find, host, path: pathname }, fields: { ...page, ...seen, ...fields } });
  }
  window.done = true;
}
