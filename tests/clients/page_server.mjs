// Serves the pages of tests/clients/pages from an origin that is not Mayfly's, so that CORS counts.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { clientsFolder, requireClient } from './common.mjs';

const folder = new URL('pages/', import.meta.url);

// Serves pages/NAME.html under /NAME/chairs, with {{key}} replaced from `values`, and pages/NAME.js
// bundled under /NAME.js. Resolves to the origin, http://localhost:PORT.
export async function servePage(name, values) {
  const script = await bundle(name);
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === `/${name}/chairs`) answer(response, 'text/html', fill(name, values));
    else if (pathname === `/${name}.js` && script) answer(response, 'text/javascript', script);
    else answer(response, 'text/plain', 'nothing here\n');
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  return `http://localhost:${server.address().port}`;
}

function answer(response, type, body) {
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` });
  response.end(body);
}

function fill(name, values) {
  const html = readFileSync(new URL(`${name}.html`, folder), 'utf8');
  return html.replace(/{{(\w+)}}/g, (_, key) => values[key]);
}

// As a site's own build does it: one minified file. null for a page without a script of its own.
async function bundle(name) {
  if (!['sentry', 'wrapper'].includes(name)) return null;
  const { outputFiles } = await requireClient('esbuild').build({
    entryPoints: [new URL(`${name}.js`, folder).pathname],
    nodePaths: [join(clientsFolder, 'node_modules')],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  return outputFiles[0].text;
}
