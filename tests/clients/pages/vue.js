// A shop's page with vue-matomo in it, which loads /matomo.js from the server.

import { createApp, h } from 'vue';
import VueMatomo from 'vue-matomo';
import { visitShop } from './shop_visit.js';

const { server, site, person } = window.settings;
const app = createApp({ render: () => h('h1', 'Garden chairs') });
app.use(VueMatomo, {
  host: server,
  siteId: Number(site),
  userId: person.email,
  trackInitialView: false,
});
app.mount('#shop');

// The plug-in's own object is there as soon as the script is.
window.addEventListener('load', async () => {
  await window.Piwik?.getAsyncTracker;
  while (!app.config.globalProperties.$matomo) await new Promise((resolve) => setTimeout(resolve, 20));
  visitShop((name, ...values) => app.config.globalProperties.$matomo[name](...values));
});
