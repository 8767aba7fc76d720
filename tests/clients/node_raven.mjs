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
  release: sender.arguments.release,
  environment: 'production',
  name: `${sender.arguments.marker}.example.org`,
  captureUnhandledRejections: false,
  dataCallback(event) {
    sender.noteEvent(event);
    return event;
  },
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
    await captureException(refused, {
      user: { id: person.email, email: person.email, ip_address: person.address },
      tags: { client: 'node', customer: person.email },
      extra: { basket: { owner: person.email, iban: person.iban, api_key: person.token } },
    });
  },

  async 'message-info'() {
    const captureMessage = promisify(raven.captureMessage.bind(raven));
    await captureMessage(`basket opened by ${person.email}`, { level: 'info' });
  },
};

for (const scenario of sender.scenarios) await scenarios[scenario]();
sender.finish();
