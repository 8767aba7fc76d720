// Serves the pages of tests/clients/pages from an origin that is not Mayfly's, so that CORS counts.

import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { clientsFolder, requireClient } from './common.mjs';

const folder = new URL('pages/', import.meta.url);

// Serves pages/NAME.html under /NAME/chairs, with {{key}} replaced from `values`, and pages/NAME.js
// bundled under /NAME.js. `headers` come with the page. Resolves to the origin, http://localhost:PORT.
export async function servePage(name, values, headers = {}) {
  const script = await bundle(name, values.client);
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === `/${name}/chairs`) answer(response, 'text/html', fill(name, values), headers);
    else if (pathname === `/${name}.js` && script) answer(response, 'text/javascript', script);
    else answer(response, 'text/plain', 'nothing here\n');
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  return `http://localhost:${server.address().port}`;
}

function answer(response, type, body, headers = {}) {
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, ...headers });
  response.end(body);
}

function fill(name, values) {
  const html = readFileSync(new URL(`${name}.html`, folder), 'utf8');
  return html.replace(/{{(\w+)}}/g, (_, key) => values[key]);
}

// As a site's own build does it: one minified file. null for a page without a script of its own.
// `client` is the package that the script imports under that name.
async function bundle(name, client) {
  const script = new URL(`${name}.js`, folder).pathname;
  if (!existsSync(script)) return null;
  const { outputFiles } = await requireClient('esbuild').build({
    entryPoints: [script],
    nodePaths: [join(clientsFolder, 'node_modules')],
    alias: client ? { client } : {},
    define: { 'process.env.NODE_ENV': '"production"' },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  return outputFiles[0].text;
}
