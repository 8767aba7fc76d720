// What several of the tracker's tests use.

import assert from 'node:assert/strict';

export const TRACK = `_paq.push(['trackPageView']);`;
export const IDENTITY = `_paq.push(['setUserId', 'u-9'], ['setCustomDimension', 1, 'gold']);`;
export const REFERER = 'https://search.example.com/find';

// Only those of `params` that are named in `expected`, null for one that must be missing.
export function assertParams(params, expected) {
  const seen = Object.keys(expected).map((name) => [name, params[name] ?? null]);
  assert.deepEqual(Object.fromEntries(seen), expected);
}
