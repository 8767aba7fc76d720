// A page with nothing but the snippet in it.

import { visitShop } from './shop_visit.js';

visitShop((...call) => window._paq.push(call));
