// The real program with a data directory of its own, and what it prints at the start.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const START_MS = 20000;
const STOP_MS = 15000;
const FOLLOW_MS = 5500;
export const binary =
  process.env.MAYFLY_BINARY ??
  fileURLToPath(new URL('../../target/debug/mayfly', import.meta.url));

export class MayflyServer {
  // Resolves once the program has printed all that a person needs to start.
  static async start() {
    if (!existsSync(binary)) throw new Error(`${binary} is missing. Run: cargo build`);
    const server = new MayflyServer();
    server.data = mkdtempSync(join(tmpdir(), 'mayfly-pages-'));
    const settings = ['serve', '--listen', '127.0.0.1:0', '--data', server.data];
    server.process = spawn(binary, settings, { stdio: ['ignore', 'pipe', 'pipe'] });
    server.ended = once(server.process, 'exit');
    process.on('exit', () => server.#clear()); // also when the test itself breaks off
    const printed = await server.#readGreeting();
    const find = (pattern) => printed.match(pattern)[0];
    server.setupLink = find(/http:\S+\/setup\/\S+/);
    server.url = new URL(server.setupLink).origin;
    server.dsn = find(/http:\/\/[0-9a-f]{32}@\S+\/1/);
    server.snippet = find(/<script>[^]*<\/script>/);
    return server;
  }

  async #readGreeting() {
    let printed = '';
    this.log = '';
    this.process.stderr.setEncoding('utf8').on('data', (text) => (this.log += text));
    const greeting = new Promise((resolve) => {
      this.process.stdout.setEncoding('utf8').on('data', (text) => {
        printed += text;
        if (printed.includes('/matomo.js"></script>')) resolve();
      });
    });
    const late = new Promise((resolve) => setTimeout(resolve, START_MS).unref());
    await Promise.race([greeting, late, this.ended]);
    if (!printed.includes('/setup/')) throw new Error(`Mayfly did not start:\n${printed}${this.log}`);
    return printed;
  }

  // A token for the read API, made as an administrator makes it.
  async addToken() {
    const made = spawn(binary, ['token', 'add', '--role', 'admin', '--json', '--data', this.data]);
    const printed = Buffer.concat(await made.stdout.toArray()).toString();
    return JSON.parse(printed).token;
  }

  // Sets a setting of project 1. The server follows within five seconds.
  async set(key, value) {
    const args = ['project', 'set', '1', key, value, '--data', this.data];
    const [status] = await once(spawn(binary, args, { stdio: 'ignore' }), 'exit');
    if (status !== 0) throw new Error(`${key} cannot be set`);
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
  }

  // Stops as a service manager does. Resolves to the exit status, null if it had to be killed.
  async stop() {
    this.process.kill('SIGTERM');
    const late = new Promise((resolve) => setTimeout(resolve, STOP_MS).unref());
    await Promise.race([this.ended, late]);
    const { exitCode } = this.process;
    this.#clear();
    return exitCode;
  }

  #clear() {
    this.process.kill('SIGKILL');
    rmSync(this.data, { recursive: true, force: true });
  }
}
