// Sends with @sentry/node: exceptions full of personal data, and an info message.
//
//   node_sentry.mjs --dsn DSN --marker WORD [--scenario S]
//
// exception-pii   personal data in user, tags, extra, contexts, breadcrumbs, message, variables
// message-info    a message of level info, with an e-mail address in it
// request-500     an exception inside an HTTP request: headers, cookies, query
// refused-kinds   three rounds of an exception with an attachment, and one item of every other kind;
//                 only when asked for

import { quiet, requireClient, Sender } from './common.mjs';

const sender = new Sender('@sentry/node', ['exception-pii', 'message-info', 'request-500'], {}, [
  'refused-kinds',
]);
const { person } = sender;
const Sentry = requireClient('@sentry/node');

Sentry.init({
  dsn: sender.arguments.dsn,
  release: 'shop@1.4.2',
  environment: 'production',
  serverName: `${sender.arguments.marker}.example.org`,
  includeLocalVariables: true,
  dataCollection: {
    userInfo: true,
    cookies: true,
    httpHeaders: true,
    httpBodies: ['incomingRequest', 'outgoingRequest'],
    urlQueryParams: true,
    stackFrameVariables: true,
  },
  beforeSend(event) {
    // A message has an exception too, one without type: it holds the stack.
    sender.sent.push({
      kind: event.message ? 'message' : 'exception',
      event_id: event.event_id,
      level: event.level ?? 'error',
      type: event.exception?.values.at(-1).type ?? null,
      transaction: event.transaction ?? null,
      release: event.release,
      environment: event.environment,
    });
    return event;
  },
});
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
  },
};

// Items as the SDK's other packages make them, through its own transport, which obeys rate limits.
const kinds = 'transaction session log span feedback check_in user_report profile profile_chunk replay_event trace_metric';

scenarios['refused-kinds'] = async () => {
  for (let round = 0; round < 3; round += 1) {
    Sentry.withScope((scope) => {
      scope.addAttachment({ filename: 'log.txt', data: `of ${person.email}` });
      Sentry.captureException(new PaymentRefused(`round ${round}`));
    });
    for (const type of kinds.split(' ')) {
      Sentry.getClient().sendEnvelope([{}, [[{ type }, {}]]]);
    }
    await Sentry.flush(10_000);
  }
};

for (const scenario of sender.scenarios) await scenarios[scenario]();
await Sentry.close(10_000);
await quiet(() => sender.statuses.length, 0, 200);
sender.finish();
