// A shop's page with an older @sentry/browser in it; it fails in the ways that the settings name.

import * as Sentry from 'client';
import { itemsOfTransaction } from '../event.mjs';
import * as shop from './shop.js';

const { dsn, release, environment, email } = shop;

Sentry.addTracingExtensions?.(); // version 7 has no spans without
Sentry.init({
  dsn,
  release,
  environment,
  sendDefaultPii: true,
  tracesSampleRate: 1,
  beforeSend: shop.beforeSend,
  beforeSendTransaction(event) {
    const shared = { release, environment, sdk_name: 'sentry.javascript.browser' };
    window.sent.push(...itemsOfTransaction(event, shared));
    return event;
  },
});
Sentry.configureScope((scope) => {
  scope.setUser(shop.user);
  for (const [name, value] of Object.entries(shop.tags)) scope.setTag(name, value);
  scope.setExtra('basket', shop.extra);
});
console.info(`login of ${email}`);
if (Sentry.startSession) shop.noteSession(0, 1);

await shop.fail({
  ...shop.failures,
  message: () => Sentry.captureMessage(`basket opened by ${email}`, 'info'),

  transaction() {
    const name = `SELECT name FROM customer WHERE email = '${email}'`;
    Sentry.startSpan({ name: 'checkout', op: 'task', status: 'ok' }, () => {
      Sentry.startSpan({ name, op: 'db.query' }, () => {});
    });
  },

  // Version 7 sends this as a user report on an event.
  feedback() {
    const comments = `The oak chair wobbles, write to ${email}.`;
    const event_id = Sentry.captureException(new shop.PaymentRefused('no answer'));
    Sentry.captureUserFeedback({ event_id, name: shop.name, email, comments });
    shop.note('user_report', { event_id }, { message: comments });
  },

  'client-report'() {
    Sentry.captureMessage('held back', 'debug');
    shop.noteHeldBack();
  },
});
