// Sends with @sentry/node: exceptions full of personal data, and an info message.
//
//   node_sentry.mjs --dsn DSN --marker WORD [--scenario S]
//
// exception-pii   personal data in user, tags, extra, contexts, breadcrumbs, message, variables
// message-info    a message of level info, with an e-mail address in it
// request-500     an exception inside an HTTP request: headers, cookies, query; the SDK counts the
//                 request as a session
// spans           a span within another, one of which queries for a person
// transaction     the same in the older form, in one event
// log             a log line with attributes, some of them personal
// check-in        a job with a schedule begins and ends well
// feedback        what a visitor says about the exception
// client-report   an event that the application holds back, which the SDK counts
// refused-kinds   three rounds of an exception with an attachment, and one item of every other kind;
//                 only when asked for
// quota           ten exceptions and a session, one after the other; only when asked for

import { itemsOfEveryKind, quiet, requireClient, Sender } from './common.mjs';
import { itemsOfTransaction } from './event.mjs';

const sender = new Sender(
  '@sentry/node',
  'exception-pii message-info request-500 spans log check-in feedback client-report transaction'.split(' '),
  {},
  ['refused-kinds', 'quota'],
);
const { person } = sender;
const Sentry = requireClient('@sentry/node');

const SHARED = {
  release: sender.arguments.release,
  environment: 'production',
  sdk_name: 'sentry.javascript.node',
};

// Sessions of the process are counted as they are sent: a client that is replaced forgets the end of its own now and then.
const withErrors = new Set();
function countSessions([, items]) {
  for (const [{ type }, session] of items) {
    if (type !== 'session') continue;
    const { sid, init, status, errors } = session;
    const hasErred = errors > 0 && !withErrors.has(sid);
    if (hasErred) withErrors.add(sid);
    sender.countSession({ started: Number(init), exited: Number(status === 'exited'), errored: Number(hasErred) });
  }
}

function configure(more) {
  Sentry.init({
    dsn: sender.arguments.dsn,
    release: sender.arguments.release,
    environment: 'production',
    serverName: `${sender.arguments.marker}.example.org`,
    includeLocalVariables: true,
    enableLogs: true,
    tracesSampleRate: 1,
    dataCollection: {
      userInfo: true,
      cookies: true,
      httpHeaders: true,
      httpBodies: ['incomingRequest', 'outgoingRequest'],
      urlQueryParams: true,
      stackFrameVariables: true,
    },
    beforeSend(event) {
      if (event.level === 'debug') return null;
      sender.noteEvent(event);
      return event;
    },
    ...more,
  });
  Sentry.getClient().on('beforeEnvelope', countSessions);
}
configure({});
const http = await import('node:http');
sender.watchHttp();

class PaymentRefused extends Error {
  name = 'PaymentRefused';
}

function refusePayment(email, password, card) {
  const pay = `https://shop.example.com/pay?token=${person.token}`;
  throw new PaymentRefused(
    `card ${card} of ${email} at ${person.address} refused (password=${password}, ${pay})`,
  );
}

const scenarios = {
  async 'exception-pii'() {
    Sentry.withScope((scope) => {
      scope.setUser({
        id: person.email,
        email: person.email,
        username: person.name,
        ip_address: person.address,
      });
      scope.setTags({ client: 'node', customer: person.email });
      scope.setExtra('basket', { owner: person.email, iban: person.iban });
      scope.setContext('session', { cookie: `sid=${person.token}`, peer: person.address6 });
      Sentry.addBreadcrumb({ category: 'auth', message: `login of ${person.email}` });
      Sentry.addBreadcrumb({
        category: 'http',
        type: 'http',
        data: {
          url: `https://api.example.com/orders?api_key=${person.token}`,
          headers: { Authorization: `Bearer ${person.token}` },
        },
      });
      try {
        refusePayment(person.email, person.password, person.card);
      } catch (refused) {
        Sentry.captureException(refused);
      }
    });
  },

  async 'message-info'() {
    Sentry.captureMessage(`basket opened by ${person.email}`, 'info');
  },

  async 'request-500'() {
    const shop = http.createServer((request, response) => {
      try {
        refusePayment(person.email, person.password, person.card);
      } catch (refused) {
        Sentry.captureException(refused);
      }
      request.resume().on('end', () => response.writeHead(500).end());
    });
    await new Promise((resolve) => shop.listen(0, '127.0.0.1', resolve));
    const pay = `http://127.0.0.1:${shop.address().port}/pay/17`;
    await fetch(`${pay}?email=${person.email}&token=${person.token}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${person.token}`,
        'content-type': 'application/json',
        cookie: `sid=${person.token}; mail=${person.email}`,
        referer: `https://mail.example.com/?user=${person.email}`,
        'x-forwarded-for': person.address,
      },
      body: JSON.stringify({ email: person.email, password: person.password, card: person.card }),
    });
    shop.close();
    sender.countSession({ started: 1, exited: 1, errored: 1 });
  },

  async spans() {
    const query = `SELECT name FROM customer WHERE email = '${person.email}'`;
    const shape = [{ name: 'checkout', op: 'task' }, { name: query, op: 'db.query' }];
    const spans = [];
    Sentry.startSpan(shape[0], (whole) => {
      Sentry.startSpan(shape[1], (inner) => {
        inner.setStatus({ code: 2, message: 'not_found' });
        spans.push(whole, inner);
      });
    });
    noteSpan(spans[0], { ...shape[0], status: 'ok', is_transaction: true, parent_span_id: '' });
    const parent_span_id = spans[0].spanContext().spanId;
    noteSpan(spans[1], { ...shape[1], status: 'error', is_transaction: false, parent_span_id });
  },

  async transaction() {
    await Sentry.flush(10_000);
    configure({
      traceLifecycle: 'static',
      beforeSendTransaction(event) {
        sender.sent.push(...itemsOfTransaction(event, SHARED));
        return event;
      },
    });
    const query = `SELECT name FROM customer WHERE email = '${person.email}'`;
    Sentry.startSpan({ name: 'checkout', op: 'task' }, () => {
      Sentry.startSpan({ name: query, op: 'db.query' }, () => {});
      Sentry.startSpan({ name: 'price of the oak chair', op: 'price' }, (inner) => {
        inner.setStatus({ code: 2, message: 'not_found' });
      });
    });
  },

  async log() {
    const attributes = { left: 2, color: 'green', customer: person.email, peer: person.address };
    const body = `stock of oak is low, says ${person.email}`;
    Sentry.logger.warn(body, attributes);
    sender.note('log', { body }, { level: 'warn', attributes, ...SHARED, sdk_version: sender.version });
  },

  async 'check-in'() {
    const monitor = {
      schedule: { type: 'crontab', value: '15 3 * * *' },
      timezone: 'Europe/Berlin',
      checkinMargin: 5,
      maxRuntime: 30,
    };
    const monitorSlug = 'nightly-prices';
    const checkInId = Sentry.captureCheckIn({ monitorSlug, status: 'in_progress' }, monitor);
    Sentry.captureCheckIn({ monitorSlug, checkInId, status: 'ok', duration: 1.5 });
    const { release, environment } = SHARED;
    const named = { monitor_slug: monitorSlug, release, environment };
    sender.note('check_in', { check_in_id: checkInId, status: 'in_progress' }, {
      ...named,
      schedule: '15 3 * * *',
      timezone: 'Europe/Berlin',
      margin_minutes: 5,
      runtime_minutes_max: 30,
    });
    sender.note('check_in', { check_in_id: checkInId, status: 'ok' }, { ...named, duration_ms: 1500 });
  },

  async feedback() {
    const { email, name } = person;
    const associatedEventId = Sentry.captureException(new PaymentRefused('no answer'));
    const message = `The oak chair wobbles, write to ${email}.`;
    Sentry.captureFeedback({ message, email, name, associatedEventId, url: 'https://shop.example.com/chairs?m=1' });
    const { release, environment } = SHARED;
    const fields = { message, page_host: 'shop.example.com', page_path: '/chairs', release, environment };
    sender.note('feedback', { event_id: associatedEventId }, fields);
  },

  async 'client-report'() {
    Sentry.captureMessage('held back', 'debug');
    await Sentry.flush(10_000); // a client that is replaced keeps its counts to itself
    const counted = { source: 'client', category: 'error', reason: 'before_send' };
    sender.note('client_report', counted, { quantity: 1 });
  },
};

function noteSpan(span, fields) {
  const { spanId, traceId } = span.spanContext();
  const { start_timestamp, end_timestamp } = Sentry.spanToJSON(span);
  const duration_ms = (end_timestamp - start_timestamp) * 1000;
  sender.note('span', { span_id: spanId }, { trace_id: traceId, duration_ms, ...fields, ...SHARED });
}

// Items as the SDK's other packages make them, through its own transport, which obeys rate limits.
scenarios['refused-kinds'] = async () => {
  for (let round = 0; round < 3; round += 1) {
    Sentry.withScope((scope) => {
      scope.addAttachment({ filename: 'log.txt', data: `of ${person.email}` });
      Sentry.captureException(new PaymentRefused(`round ${round}`));
    });
    for (const [type, payload] of itemsOfEveryKind(person)) {
      Sentry.getClient().sendEnvelope([{}, [[{ type }, payload]]]);
    }
    await Sentry.flush(10_000);
  }
};

scenarios.quota = async () => {
  for (let number = 0; number < 10; number += 1) {
    Sentry.captureException(new PaymentRefused(`attempt ${number}`));
    await Sentry.flush(10_000);
  }
  Sentry.startSession();
  Sentry.endSession();
  await scenarios.log();
};

for (const scenario of sender.scenarios) await scenarios[scenario]();
Sentry.endSession(); // the SDK waits for the end of the process, which finish() does not
await Sentry.close(10_000);
await quiet(() => sender.statuses.length, 0, 1_500);
sender.finish();
