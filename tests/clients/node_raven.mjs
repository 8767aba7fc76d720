// Sends with raven for Node, the client before @sentry/node: an exception and an info message.
//
//   node_raven.mjs --dsn DSN --marker WORD [--scenario S]
//
// exception-pii   personal data in user, tags, extra, breadcrumbs and message
// message-info    a message of level info, with an e-mail address in it
//
// raven posts to /store/ the base64 of a zlib stream, without saying so in Content-Encoding.

import { promisify } from 'node:util';
import { requireClient, Sender } from './common.mjs';

const sender = new Sender('raven', ['exception-pii', 'message-info']);
const { person } = sender;
sender.watchHttp();

const raven = new (requireClient('raven').Client)(sender.arguments.dsn, {
  release: 'shop@1.4.2',
  environment: 'production',
  name: `${sender.arguments.marker}.example.org`,
  captureUnhandledRejections: false,
});

class PaymentRefused extends Error {
  name = 'PaymentRefused';
}

const scenarios = {
  async 'exception-pii'() {
    const captureException = promisify(raven.captureException.bind(raven));
    raven.captureBreadcrumb({ category: 'auth', message: `login of ${person.email}` });
    const refused = new PaymentRefused(
      `card ${person.card} of ${person.email} refused (password=${person.password})`,
    );
    const event_id = await captureException(refused, {
      user: { id: person.email, email: person.email, ip_address: person.address },
      tags: { client: 'node', customer: person.email },
      extra: { basket: { owner: person.email, iban: person.iban, api_key: person.token } },
    });
    note('exception', event_id, 'error', 'PaymentRefused');
  },

  async 'message-info'() {
    const captureMessage = promisify(raven.captureMessage.bind(raven));
    const event_id = await captureMessage(`basket opened by ${person.email}`, { level: 'info' });
    note('message', event_id, 'info', null);
  },
};

function note(kind, event_id, level, type) {
  const built = { transaction: null, release: 'shop@1.4.2', environment: 'production' };
  sender.sent.push({ kind, event_id, level, type, ...built });
}

for (const scenario of sender.scenarios) await scenarios[scenario]();
sender.finish();
