// A shop's page with @jonkoops/matomo-tracker or the older @datapunt/matomo-tracker-js in it, which
// load /matomo.js from the server.

import MatomoTracker from 'client';
import { visitShop } from './shop_visit.js';

const { server, site, person } = window.settings;
const tracker = new MatomoTracker({ urlBase: server, siteId: Number(site), userId: person.email });

// What the wrapper has a function of its own for; the rest it hands on.
const own = {
  trackPageView: (documentTitle) => tracker.trackPageView({ documentTitle }),
  trackEvent: (category, action, name, value) => tracker.trackEvent({ category, action, name, value }),
  trackSiteSearch: (keyword, category, count) => tracker.trackSiteSearch({ keyword, category, count }),
  trackLink: (href, linkType) => tracker.trackLink({ href, linkType }),
  addEcommerceItem: (sku, productName, productCategory, productPrice, productQuantity) =>
    tracker.addEcommerceItem({ sku, productName, productCategory, productPrice, productQuantity }),
};

visitShop((name, ...values) =>
  own[name] ? own[name](...values) : tracker.pushInstruction(name, ...values),
);
