// A shop's own bundle, as its build makes it: the real @sentry/browser, and a button that fails.

import * as Sentry from '@sentry/browser';

const { dsn, server, site, release } = document.documentElement.dataset;

window._paq = window._paq || [];
window._paq.push(['setTrackerUrl', `${server}/matomo.php`], ['setSiteId', site]);
window._paq.push(['trackPageView'], ['enableLinkTracking']);

Sentry.init({ dsn, release, environment: 'production' });

class PaymentRefused extends Error {
  name = 'PaymentRefused';
}

function pay() {
  throw new PaymentRefused('card 4111 1111 1111 1111 of jane@example.org refused');
}
document.querySelector('button').addEventListener('click', pay);
