// The tracker in real Chromium: what it sends, call by call.
//
//   node tests/browser/tracker.mjs [PART OF A NAME]
//
// Needs `scripts/clients.sh install` once. Ends by itself in under a minute.

import './recorded.mjs';
import './calls.mjs';
import './privacy.mjs';
import './behaviour.mjs';
import { runTests } from './harness.mjs';

await runTests();
