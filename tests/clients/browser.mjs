// Opens pages in headless Chromium, from another origin than Mayfly's, and notes Mayfly's replies.
// CHROMIUM names the browser if it is not /usr/bin/chromium.

import { quiet, requireClient } from './common.mjs';
import { servePage } from './page_server.mjs';

export const SCREEN = { width: 1280, height: 1024 };
const QUIET_MS = 700;

export function openChromium() {
  return requireClient('playwright-core').chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', // it cannot have its sandbox as root, and CI is often root
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

// Visits pages/NAME.html, filled with `values`, until `replies_min` replies have come from `mayfly`
// and then nothing more. `act(page)` does what the visitor does. Resolves to reasons for failure: a
// request that got no reply and, unless the page fails on purpose, an error in it
// or in the console, which is where Chromium reports CORS.
export async function visit(chromium, sender, name, plan) {
  const { mayfly, values, headers, replies_min, act } = plan;
  const { javaScript = true, failsOnPurpose = false } = plan;
  const { person } = sender;
  const failures = [];
  const origin = await servePage(name, values, headers);
  const context = await chromium.newContext({
    userAgent: person.userAgent, // its own says HeadlessChrome, which counts as a bot
    locale: 'de-DE',
    viewport: SCREEN,
    screen: SCREEN,
    javaScriptEnabled: javaScript,
  });
  const page = await context.newPage();
  let replies = 0;
  page.on('response', async (response) => {
    if (!response.url().startsWith(mayfly)) return;
    const outcome = await response.headerValue('x-mayfly-outcome').catch(() => null);
    sender.noteReply(response.status(), outcome);
    replies += 1;
  });
  page.on('requestfailed', (request) => {
    const { errorText } = request.failure();
    if (errorText === 'csp') return; // its own policy forbade it: nothing was asked
    failures.push(`${name}: ${request.resourceType()} request: ${errorText}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && !failsOnPurpose) failures.push(`${name}: console: ${message.text()}`);
  });
  page.on('pageerror', (error) => {
    if (!failsOnPurpose) failures.push(`${name}: ${error}`);
  });

  const query = `color=green&email=${person.email}&access_token=${person.token}`;
  await page.goto(`${origin}/${name}/chairs?${query}#id_token=${person.token}`, {
    referer: `https://search.example.com/?q=chair&user=${person.email}`,
  });
  await act(page);
  await quiet(() => (failures.length > 0 ? replies_min : replies), replies_min, QUIET_MS);
  await context.close();
  return failures;
}
