// A shop's page with the current @sentry/browser in it; it fails in the ways that the settings name.

import * as Sentry from '@sentry/browser';
import * as shop from './shop.js';

const { dsn, release, environment, person, email } = shop;
const shared = { release, environment, sdk_name: 'sentry.javascript.browser' };

Sentry.init({
  dsn,
  release,
  environment,
  tracesSampleRate: 1,
  enableLogs: true,
  dataCollection: { userInfo: true, cookies: true, httpHeaders: true, urlQueryParams: true },
  beforeSend: shop.beforeSend,
});
Sentry.setUser(shop.user);
Sentry.setTags(shop.tags);
Sentry.setExtra('basket', shop.extra);
Sentry.setContext('session', { cookie: `sid=${person.token}`, peer: person.address6 });
console.info(`login of ${email}`);
shop.noteSession(1, 0);

function noteSpan(span, fields) {
  const { spanId, traceId } = span.spanContext();
  const { start_timestamp, end_timestamp } = Sentry.spanToJSON(span);
  const duration_ms = (end_timestamp - start_timestamp) * 1000;
  shop.note('span', { span_id: spanId }, { trace_id: traceId, duration_ms, ...fields, ...shared });
}

await shop.fail({
  ...shop.failures,
  message: () => Sentry.captureMessage(`basket opened by ${email}`, 'info'),

  spans() {
    const query = `SELECT name FROM customer WHERE email = '${email}'`;
    const shape = [{ name: 'checkout', op: 'task' }, { name: query, op: 'db.query' }];
    const spans = [];
    Sentry.startSpan({ ...shape[0], parentSpan: null }, (whole) => {
      Sentry.startSpan(shape[1], (inner) => spans.push(whole, inner));
    });
    noteSpan(spans[0], { ...shape[0], status: 'ok', is_transaction: true, parent_span_id: '' });
    const parent_span_id = spans[0].spanContext().spanId;
    noteSpan(spans[1], { ...shape[1], status: 'ok', is_transaction: false, parent_span_id });
  },

  log() {
    const body = `stock of oak is low, says ${email}`;
    const attributes = { left: 2, color: 'green', customer: email, peer: person.address };
    Sentry.logger.warn(body, attributes);
    shop.note('log', { body, release }, { level: 'warn', attributes, ...shared });
  },

  feedback() {
    const message = `The oak chair wobbles, write to ${email}.`;
    const associatedEventId = Sentry.captureException(new shop.PaymentRefused('no answer'));
    Sentry.captureFeedback({ message, email, name: shop.name, associatedEventId });
    shop.noteFeedback(associatedEventId, message);
  },

  'client-report'() {
    Sentry.captureMessage('held back', 'debug');
    shop.noteHeldBack();
  },
});
await Sentry.flush(5000);
