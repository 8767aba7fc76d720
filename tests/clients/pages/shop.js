// What the pages of a failing shop share, whichever SDK is in them.

import { itemOfEvent } from '../event.mjs';

export const { dsn, release, person, scenarios } = window.settings;
export const environment = 'production';

window.sent = [];
document.cookie = `sid=${person.token}`;

export class PaymentRefused extends Error {
  name = 'PaymentRefused';
}

export const tags = { client: 'browser', customer: person.email };
export const extra = { owner: person.email, iban: person.iban };
export const { email, name, address } = person;
export const user = { id: email, email, username: name, ip_address: address };

export function note(kind, find, fields) {
  window.sent.push({ kind, find, fields });
}

// A hook before sending: notes the event, holds back what is only for debugging.
export function beforeSend(event) {
  if (event.level === 'debug') return null;
  window.sent.push(itemOfEvent(event));
  return event;
}

export function refusePayment() {
  throw new PaymentRefused(
    `card ${person.card} of ${person.email} refused (password=${person.password})`,
  );
}

// The ways to fail that need no SDK.
export const failures = {
  uncaught: () => setTimeout(refusePayment),
  rejection: () => {
    Promise.reject(new PaymentRefused(`no answer for ${person.email}`));
  },
  policy: () => {
    new Image().src = `https://pictures.example.com/chair.png?of=${person.email}`;
  },
};

// Notes that the SDK counted the one session of this visit, in which nobody caught an error:
// unhandled to current SDKs, crashed to older ones.
export function noteSession(unhandled, crashed) {
  const counts = { started: 1, errored: 1, unhandled, crashed, abnormal: 0 };
  note('session', { release, environment }, counts);
}

export function noteHeldBack() {
  const counted = { source: 'client', category: 'error', reason: 'before_send' };
  note('client_report', counted, { quantity: 1 });
}

export function noteFeedback(event_id, message) {
  note('feedback', { message, release }, { event_id, message, release, environment });
}

// Fails in each of the ways that the settings name.
export async function fail(ways) {
  await fetch(`/order?api_key=${person.token}`);
  for (const scenario of scenarios) {
    await ways[scenario]();
    await new Promise((resolve) => setTimeout(resolve, 50)); // the SDK skips what fails in one tick
  }
  window.done = true;
}
