// Flags kept in localStorage until they end by themselves. If it cannot be used, a flag ends with
// the page.

import { REMEMBER_HOURS_MAX } from './limits.js';

const fallback = {};

// Sets the flag for `hours`, 0 takes it back.
export function setFlag(name, hours) {
  const until = hours ? Date.now() + Math.min(hours, REMEMBER_HOURS_MAX) * 3600000 : 0;
  fallback[name] = until;
  try {
    if (until) localStorage.setItem(name, until);
    else localStorage.removeItem(name);
  } catch {}
}

export function hasFlag(name) {
  let until = fallback[name];
  try {
    until = until || localStorage.getItem(name);
  } catch {}
  return until > Date.now();
}
