// Hands requests to the browser so that they outlive the page.

import { QUERY_CHARS_MAX } from './limits.js';

// Parameters as a query, lists and objects in JSON. What is empty or false is left out.
export function encode(params) {
  const query = new URLSearchParams();
  for (const name in params) {
    const value = params[name];
    if (value || value === 0) {
      query.append(name, typeof value === 'object' ? JSON.stringify(value) : value);
    }
  }
  return String(query);
}

// Sends `query`, or a bulk body. In the address if it is short, else as a body: a beacon, or else a
// fetch, or else a picture.
export function transmit(url, query, isBulk, isPost) {
  const address = url + (url.includes('?') ? '&' : '?') + query;
  const inBody = isBulk || isPost || query.length > QUERY_CHARS_MAX;
  const target = inBody ? url : address;
  // None of these types needs a preflight; Mayfly tells bulk by its first byte, as Matomo does.
  const body = !inBody ? null : isBulk ? query : new URLSearchParams(query);
  try {
    if (navigator.sendBeacon(target, body)) return;
  } catch {}
  const plan = { method: 'POST', mode: 'no-cors', credentials: 'omit', keepalive: true, body };
  fetch(target, plan).catch(() => {
    if (!isBulk) new Image().src = address;
  });
}
