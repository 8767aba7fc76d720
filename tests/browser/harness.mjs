// What the tracker's tests stand on: Chromium, a site's page on one origin, a collector on another
// that serves the tracker and notes every request, and a runner. Everything is on loopback.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TESTS_AT_ONCE = 4;
const DEADLINE_MS = 180000;
const WAIT_MS = 15000;
const QUIET_MS = 250; // nothing more came in this time: nothing more comes

const root = fileURLToPath(new URL('../..', import.meta.url));
const clients = join(root, 'tests/clients');

// Where scripts/clients.sh has put the packages: a folder named after the pins.
function packagesFolder() {
  if (process.env.MAYFLY_CLIENTS_NODE) return process.env.MAYFLY_CLIENTS_NODE;
  const { MAYFLY_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = MAYFLY_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'mayfly');
  const requirements = readdirSync(clients).filter((name) => /^requirements-.*\.txt$/.test(name));
  const pins = createHash('sha256');
  for (const name of [...requirements.sort(), 'package-lock.json']) {
    pins.update(readFileSync(join(clients, name)));
  }
  return join(cache, 'clients', pins.digest('hex').slice(0, 16), 'node');
}

export const packages = packagesFolder();
if (!existsSync(join(packages, 'node_modules/playwright-core'))) {
  console.error('playwright-core is not installed. Run: scripts/clients.sh install');
  process.exit(2);
}
export const requirePackage = createRequire(join(packages, 'package.json'));
export const sources = join(root, 'src/tracker/matomo.js');
export const asset = readFileSync(join(root, 'src/ui/assets/matomo.js'));

const tests = [];
export const test = (name, run) => tests.push({ name, run });

// Runs all tests, or those whose name contains the first argument.
export async function runTests() {
  setTimeout(() => {
    console.error(`no end within ${DEADLINE_MS} ms`);
    process.exit(1);
  }, DEADLINE_MS).unref();
  const chromium = await requirePackage('playwright-core').chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
  let failed = 0;
  const chosen = tests.filter(({ name }) => name.includes(process.argv[2] ?? ''));
  const waiting = [...chosen];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const stage = await Stage.set(chromium);
      try {
        await next.run(stage);
      } catch (error) {
        failed += 1;
        console.error(`FAILED ${next.name}\n${error.stack}\n`);
      }
      await stage.clear();
    }
  };
  await Promise.all(Array.from({ length: TESTS_AT_ONCE }, work)); // they mostly wait
  await chromium.close();
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  process.exit(failed || !chosen.length ? 1 : 0);
}

async function listen(answer) {
  const server = http.createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

// One test's browser profile, page and collector.
class Stage {
  static async set(chromium) {
    const stage = new Stage();
    stage.requests = [];
    stage.problems = []; // errors of the page and of the console
    stage.pages = new Map();
    stage.servers = [
      await listen((request, response) => stage.#servePage(request, response)),
      await listen((request, response) => stage.#collect(request, response)),
    ];
    const [site, collector] = stage.servers.map((server) => server.address().port);
    stage.site = `http://localhost:${site}`; // another origin than the collector's
    stage.collector = `http://127.0.0.1:${collector}`;
    stage.context = await chromium.newContext({ screen: { width: 1366, height: 768 } });
    return stage;
  }

  async clear() {
    await this.context.close();
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  // Opens a page: `head` comes before the snippet, `calls` is what the snippet pushes, as source
  // text; `script` replaces the tag that loads the tracker, `before` runs in the page before all.
  async open({
    path = '/',
    calls = '',
    head = '',
    body = '',
    script,
    headers = {},
    ...options
  } = {}) {
    const tag = script ?? `<script async src="${this.collector}/matomo.js"></script>`;
    const nonce = options.nonce ? ` nonce="${options.nonce}"` : '';
    const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Chairs – Müller &amp; Söhne</title>
${head}<script${nonce}>var _paq = window._paq = window._paq || [];
_paq.push(['setTrackerUrl', '${this.collector}/matomo.php'], ['setSiteId', '5']);
${calls}</script>${tag}<body>${body}`;
    this.pages.set(new URL(path, this.site).pathname, { html, headers });
    const page = options.page ?? (await this.context.newPage());
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
    if (options.before) await page.addInitScript(options.before);
    await page.goto(this.site + path, { referer: options.referer });
    return page;
  }

  // The first `count` requests, each as { method, type, where, params } in the order of arrival;
  // those of a bulk request one by one. Fails if there are fewer, or more.
  async hits(count) {
    const end = Date.now() + WAIT_MS;
    while (this.requests.length < count && Date.now() < end) await pause(10);
    await pause(QUIET_MS);
    if (this.requests.length !== count) {
      const seen = this.requests.map(({ params }) => `\n  ${JSON.stringify(params)}`);
      throw new Error(`${count} requests expected, ${seen.length} came:${seen.join('')}`);
    }
    return this.requests;
  }

  #servePage(request, response) {
    const { pathname } = new URL(request.url, this.site);
    const page = this.pages.get(pathname);
    if (pathname === '/favicon.ico') return response.writeHead(204).end();
    response.writeHead(page ? 200 : 404, { 'content-type': 'text/html', ...page?.headers });
    response.end(page?.html ?? '<title>nothing here</title>');
  }

  async #collect(request, response) {
    const { pathname, search } = new URL(request.url, this.collector);
    if (pathname === '/matomo.js') {
      // With this a page of another origin can check the bytes (SRI).
      response.writeHead(200, {
        'content-type': 'text/javascript; charset=utf-8',
        'access-control-allow-origin': '*',
      });
      return response.end(asset);
    }
    if (pathname !== '/matomo.php') return response.writeHead(404).end();
    const chunks = await request.toArray();
    const body = Buffer.concat(chunks).toString();
    const common = { method: request.method, type: request.headers['content-type'] ?? '' };
    const note = (where, query) =>
      this.requests.push({
        ...common,
        where,
        params: Object.fromEntries(new URLSearchParams(query)),
      });
    if (body.startsWith('{')) for (const item of JSON.parse(body).requests) note('bulk', item);
    else note(body ? 'body' : 'query', body || search);
    response.writeHead(204).end();
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
