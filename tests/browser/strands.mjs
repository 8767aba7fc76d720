// Runs tests in strands: the steps of a strand follow each other, several strands can run side by side.

import { mkdirSync } from 'node:fs';

import { requirePackage } from './harness.mjs';

export const test = (strand, name, run) => strand.push({ name, run });

const counts = { passed: 0, failed: 0 };

export async function run(strand) {
  for (const { name, run } of strand) {
    const startedAt = Date.now();
    try {
      await run();
      counts.passed += 1;
      console.error(`${((Date.now() - startedAt) / 1000).toFixed(1)} s  ${name}`);
    } catch (error) {
      counts.failed += 1;
      console.error(`FAILED ${name}\n${error.stack}\n`);
    }
  }
}

export const launchChromium = () =>
  requirePackage('playwright-core').chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });

// Ends the program with an error if it has not ended by then; makes room for screenshots.
export function begin(deadlineMs, log) {
  setTimeout(() => {
    console.error(`no end within ${deadlineMs} ms\n${log()}`);
    process.exit(1);
  }, deadlineMs).unref();
  if (process.env.SCREENSHOTS) mkdirSync(process.env.SCREENSHOTS, { recursive: true });
}

// Stops the server and says how it went.
export async function end(mayfly) {
  const status = await mayfly.stop();
  const isGood = counts.failed === 0 && status === 0;
  if (!isGood) console.error(`Mayfly ended with status ${status}:\n${mayfly.log}`);
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(isGood ? 0 : 1);
}
