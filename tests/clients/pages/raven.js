// A shop's page with raven-js in it, the client before @sentry/browser.

import Raven from 'raven-js';
import * as shop from './shop.js';

const { dsn, release, environment, email } = shop;

Raven.config(dsn, {
  release,
  environment,
  dataCallback(event) {
    event.event_id = crypto.randomUUID().replaceAll('-', ''); // else made after this
    return shop.beforeSend(event);
  },
}).install();
Raven.setUserContext(shop.user);
Raven.setTagsContext(shop.tags);
Raven.setExtraContext({ basket: shop.extra });
console.info(`login of ${email}`);

await shop.fail({
  ...shop.failures,
  message: () => Raven.captureMessage(`basket opened by ${email}`, { level: 'info' }),
});
