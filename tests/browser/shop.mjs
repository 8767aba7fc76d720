// A shop on another origin than Mayfly's, with a strict policy of its own, and its visitors.

import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { packages, requirePackage } from './harness.mjs';

export const VISITOR = '203.0.113.77'; // as the reverse proxy before Mayfly would name it
export const MASKED_VISITOR = '203.0.113.0';
export const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1';

const PAGES = [
  ['/', 'Garden furniture', '192.0.2.14', IPHONE],
  ['/chairs?sort=price', 'Chairs', '192.0.2.14', IPHONE],
  ['/chairs/adirondack', 'Adirondack chair – jane@example.org', '198.51.100.201', FIREFOX],
  ['/basket', 'Basket', '198.51.100.201', FIREFOX],
  ['/tables/oak/extending-table-for-twelve-people-with-two-benches', 'Oak table', '2001:db8:5ca1::7', USER_AGENT],
  ['/chat', 'Chat with us', '203.0.113.9', FIREFOX],
];
const CRASHES = [
  ['warning', 'StockWarning', 'only 2 of “Oak table” left', 'shop/stock.py in reserve'],
  ['fatal', 'OutOfMemory', 'worker ended while rendering the catalogue', 'catalogue.render'],
  ['error', 'TypeError', "Cannot read properties of undefined (reading 'total')", 'basket.js in sum'],
];

export class Shop {
  // Opens the shop that reports to `mayfly`.
  static async open(mayfly) {
    const shop = new Shop();
    shop.mayfly = mayfly;
    const script = await bundle();
    const html = (release) => `<!doctype html><html lang="en" data-server="${mayfly.url}" data-dsn="${mayfly.dsn}" data-site="1" data-release="${release}">
<meta charset="utf-8"><title>Garden chairs</title><h1>Garden chairs</h1><button>Pay</button>
<script src="/shop.js"></script><script async src="${mayfly.url}/matomo.js"></script>`;
    // What a site has to allow for Mayfly, and nothing more.
    const policy = `default-src 'none'; script-src 'self' ${mayfly.url}; connect-src ${mayfly.url}`;
    const headers = { 'content-type': 'text/html', 'content-security-policy': policy };
    const answers = {
      '/chairs': [200, headers, html('shop@1.4.2')],
      '/next/chairs': [200, headers, html('shop@1.5.0')],
      '/shop.js': [200, { 'content-type': 'text/javascript' }, script],
    };
    shop.server = http.createServer((request, response) => {
      const [status, headers, body] = answers[request.url] ?? [204, {}, ''];
      response.writeHead(status, headers).end(body);
    });
    shop.server.listen(0, '127.0.0.1');
    await once(shop.server, 'listening');
    shop.url = `http://localhost:${shop.server.address().port}`;
    return shop;
  }

  // A day's business: page views and crash reports of several people, all made up.
  async fill() {
    for (const [path, title, visitor, agent] of PAGES) {
      const query = { idsite: 1, rec: 1, action_name: title, url: `https://shop.example.com${path}` };
      await this.#send(`/matomo.php?${new URLSearchParams(query)}`, visitor, agent);
    }
    const event = { idsite: 1, rec: 1, e_c: 'Chat', e_a: 'open', e_n: 'corner button' };
    const place = { url: 'https://shop.example.com/chat' };
    await this.#send(`/matomo.php?${new URLSearchParams({ ...event, ...place })}`, '203.0.113.9', FIREFOX);
    for (const [level, type, value, transaction] of CRASHES) {
      const exception = { values: [{ type, value }] };
      const crash = JSON.stringify({ level, exception, transaction, release: 'shop@1.4.2' });
      const key = new URL(this.mayfly.dsn).username;
      const body = `{}\n{"type":"event","length":${Buffer.byteLength(crash)}}\n${crash}\n`;
      await this.#send(`/api/1/envelope/?sentry_key=${key}`, '198.51.100.7', FIREFOX, body);
    }
  }

  async #send(path, visitor, agent, body) {
    const headers = { 'x-forwarded-for': visitor, 'user-agent': agent };
    const method = body ? 'POST' : 'GET';
    const answer = await fetch(this.mayfly.url + path, { method, headers, body });
    if (!answer.ok) throw new Error(`${path.split('?')[0]}: status ${answer.status}`);
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function bundle() {
  const { outputFiles } = await requirePackage('esbuild').build({
    entryPoints: [fileURLToPath(new URL('shop/shop.js', import.meta.url))],
    nodePaths: [join(packages, 'node_modules')],
    bundle: true,
    minify: true,
    format: 'iife',
    write: false,
  });
  return outputFiles[0].text;
}
