// A shop's page with @jonkoops/matomo-tracker in it, which loads /matomo.js from the server.

import MatomoTracker from '@jonkoops/matomo-tracker';

const { server, site, person } = window.settings;
const tracker = new MatomoTracker({ urlBase: server, siteId: Number(site), userId: person.email });

tracker.trackPageView();
document.querySelector('button').addEventListener('click', () => {
  tracker.trackEvent({
    category: 'Basket',
    action: 'Add',
    name: `chair of ${person.email}`,
    value: 2,
  });
});
