// A shop's page with @sentry/browser in it; it fails in the ways that the settings name.

import * as Sentry from '@sentry/browser';

const { dsn, person, scenarios } = window.settings;
window.sent = [];

document.cookie = `sid=${person.token}`;
Sentry.init({
  dsn,
  release: 'shop@1.4.2',
  environment: 'production',
  dataCollection: { userInfo: true, cookies: true, httpHeaders: true, urlQueryParams: true },
  beforeSend(event) {
    window.sent.push({
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
Sentry.setUser({
  id: person.email,
  email: person.email,
  username: person.name,
  ip_address: person.address,
});
Sentry.setTags({ client: 'browser', customer: person.email });
Sentry.setExtra('basket', { owner: person.email, iban: person.iban });
Sentry.setContext('session', { cookie: `sid=${person.token}`, peer: person.address6 });
console.info(`login of ${person.email}`);

class PaymentRefused extends Error {
  name = 'PaymentRefused';
}

function refusePayment() {
  throw new PaymentRefused(
    `card ${person.card} of ${person.email} refused (password=${person.password})`,
  );
}

const failures = {
  uncaught: () => setTimeout(refusePayment),
  rejection: () => Promise.reject(new PaymentRefused(`no answer for ${person.email}`)),
  message: () => Sentry.captureMessage(`basket opened by ${person.email}`, 'info'),
};

await fetch(`/order?api_key=${person.token}`);
for (const scenario of scenarios) {
  failures[scenario]();
  await new Promise((resolve) => setTimeout(resolve, 50)); // the SDK skips what fails in one tick
}
