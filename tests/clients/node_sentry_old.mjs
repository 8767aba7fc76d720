// Sends with older versions of @sentry/node, which have a hub instead of scopes of their own.
//
//   node_sentry_old.mjs --dsn DSN --marker WORD [--package sentry-node-4|-5|-7] [--scenario S]
//
// exception-pii   personal data in user, tags, extra, breadcrumbs, message
// message-info    a message of level info, with an e-mail address in it
// session         a session of the application that ends well                    (7)
// transaction     a transaction with a span that queries for a person            (7)
// check-in        a job with a schedule begins and ends well                     (7)
// client-report   an event that the application holds back, which the SDK counts (7)

import { quiet, requireClient, Sender } from './common.mjs';
import { itemsOfTransaction } from './event.mjs';

const OLDEST = ['exception-pii', 'message-info'];
const SCENARIOS = {
  'sentry-node-4': OLDEST,
  'sentry-node-5': OLDEST,
  'sentry-node-7': [...OLDEST, 'session', 'transaction', 'check-in'],
};

const sender = new Sender(
  ({ package: name }) => name,
  ({ package: name }) => SCENARIOS[name],
  { package: { type: 'string', default: 'sentry-node-7' } },
);
const { person } = sender;
const { release } = sender.arguments;
const environment = 'production';
const Sentry = requireClient(sender.clientName);
sender.watchHttp();

Sentry.init({
  dsn: sender.arguments.dsn,
  release,
  environment,
  serverName: `${sender.arguments.marker}.example.org`,
  sendDefaultPii: true,
  tracesSampleRate: 1,
  autoSessionTracking: false,
  beforeSend(event) {
    if (event.level === 'debug') return null;
    sender.noteEvent(event);
    return event;
  },
  beforeSendTransaction(event) {
    const shared = { release, environment, sdk_name: 'sentry.javascript.node' };
    sender.sent.push(...itemsOfTransaction(event, shared));
    return event;
  },
});

class PaymentRefused extends Error {
  name = 'PaymentRefused';
}

const scenarios = {
  'exception-pii'() {
    Sentry.withScope((scope) => {
      const { email, name, address } = person;
      scope.setUser({ id: email, email, username: name, ip_address: address });
      scope.setTag('client', 'node');
      scope.setTag('customer', email);
      scope.setExtra('basket', { owner: email, iban: person.iban, api_key: person.token });
      Sentry.addBreadcrumb({ category: 'auth', level: 'info', message: `login of ${email}` });
      const refused = `card ${person.card} of ${email} refused (password=${person.password})`;
      Sentry.captureException(new PaymentRefused(refused));
    });
  },

  'message-info'() {
    Sentry.captureMessage(`basket opened by ${person.email}`, 'info');
  },

  session() {
    Sentry.startSession();
    Sentry.endSession();
    sender.countSession({ started: 1, exited: 1 });
  },

  transaction() {
    const description = `SELECT name FROM customer WHERE email = '${person.email}'`;
    Sentry.startSpan({ name: 'checkout', op: 'task', status: 'ok' }, () => {
      Sentry.startSpan({ name: description, op: 'db.query' }, () => {});
    });
  },

  'check-in'() {
    const monitor = { schedule: { type: 'interval', value: 2, unit: 'hour' }, checkinMargin: 5 };
    const monitorSlug = 'nightly-prices';
    const checkInId = Sentry.captureCheckIn({ monitorSlug, status: 'in_progress' }, monitor);
    Sentry.captureCheckIn({ monitorSlug, checkInId, status: 'error', duration: 1.5 });
    const named = { monitor_slug: monitorSlug, release, environment };
    const begun = { ...named, schedule: '2 hour', margin_minutes: 5 };
    sender.note('check_in', { check_in_id: checkInId, status: 'in_progress' }, begun);
    sender.note('check_in', { check_in_id: checkInId, status: 'error' }, { ...named, duration_ms: 1500 });
  },
};

for (const scenario of sender.scenarios) scenarios[scenario]();
// What version 5 is still preparing is lost when it closes.
if (sender.clientName !== 'sentry-node-7') await quiet(() => sender.statuses.length, sender.scenarios.length, 200);
// Version 4 closes through its client alone.
await (Sentry.close ? Sentry.close(10_000) : Sentry.getCurrentHub().getClient().close(10_000));
await quiet(() => sender.statuses.length, 1, 200);
sender.finish();
