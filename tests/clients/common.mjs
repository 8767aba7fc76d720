// What every Node sender shares: arguments, the made-up person, the watch on replies, the report.
// The report and the exit status are those of common.py.
//
// The client libraries live in the cache, not beside these files: scripts/clients.sh names their
// folder in MAYFLY_CLIENTS_NODE.

import { randomUUID } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { itemOfEvent } from './event.mjs';

const DEADLINE_S = 30;

// These fields of the person may be neither stored nor logged nor answered.
const PERSONAL = ['word', 'address', 'address6', 'card', 'iban', 'visitor'];

if (!process.env.MAYFLY_CLIENTS_NODE) {
  console.error('MAYFLY_CLIENTS_NODE is not set: start this through scripts/clients.sh run');
  process.exit(2);
}
export const clientsFolder = process.env.MAYFLY_CLIENTS_NODE;
export const requireClient = createRequire(join(clientsFolder, 'package.json'));

export class Sender {
  // `clientName` is its package, or a function that gives it
  // for the arguments; `offered` is what --scenario chooses from, or
  // again a function; `options` are further
  // arguments as parseArgs takes them; `onlyWhenAsked` are scenarios that `all` leaves out.
  constructor(clientName, offered, options = {}, onlyWhenAsked = []) {
    const { values } = parseArgs({
      options: {
        dsn: { type: 'string' },
        server: { type: 'string' },
        site: { type: 'string', default: '1' },
        marker: { type: 'string' },
        release: { type: 'string', default: 'shop@1.4.2' },
        scenario: { type: 'string', default: 'all' },
        ...options,
      },
    });
    if (!/^[A-Za-z0-9]{4,32}$/.test(values.marker ?? '')) {
      refuse('--marker takes 4 to 32 letters and digits');
    }
    const scenarios = typeof offered === 'function' ? offered(values) : offered;
    const known = ['all', ...scenarios, ...onlyWhenAsked];
    if (!known.includes(values.scenario)) {
      refuse(`--scenario takes one of: ${known.join(' ')}`);
    }
    process.argv.length = 2; // an SDK may report it, and no rule can know the bare marker there
    this.arguments = values;
    this.clientName = typeof clientName === 'function' ? clientName(values) : clientName;
    this.scenarios = values.scenario === 'all' ? scenarios : [values.scenario];
    this.person = personOf(values.marker);
    const package_json = join(clientsFolder, 'node_modules', this.clientName, 'package.json');
    this.version = requireClient(package_json).version;
    this.sent = [];
    this.statuses = [];
    this.outcomes = [];
    setTimeout(() => {
      console.error(`no end within ${DEADLINE_S} s`);
      process.exit(1);
    }, DEADLINE_S * 1000).unref();
  }

  // Notes an item that has been handed to the client: what only its row has, and what was put in.
  note(kind, find, fields) {
    this.sent.push({ kind, find, fields });
  }

  noteEvent(event) {
    this.sent.push(itemOfEvent(event));
  }

  // Sessions are stored as sums for each release: the report states one sum.
  countSession(counts) {
    let item = this.sent.find(({ kind }) => kind === 'session');
    if (!item) {
      const zeros = { started: 0, exited: 0, errored: 0, crashed: 0, abnormal: 0 };
      this.note('session', { release: this.arguments.release, environment: 'production' }, zeros);
      item = this.sent.at(-1);
    }
    for (const [name, count] of Object.entries(counts)) item.fields[name] += count;
  }

  noteReply(status, outcome) {
    this.statuses.push(status);
    this.outcomes.push(outcome ?? null);
  }

  // Watches node:http, which all Node clients go through and none lets be seen.
  watchHttp() {
    channel('http.client.response.finish').subscribe(({ response }) => {
      this.noteReply(response.statusCode, response.headers['x-mayfly-outcome']);
    });
  }

  // Prints the report and ends the process; `failures` are reasons of the sender's own.
  finish(failures = []) {
    console.log(
      JSON.stringify({
        client: this.clientName,
        version: this.version,
        scenario: this.arguments.scenario,
        sent: this.sent,
        statuses: this.statuses,
        outcomes: this.outcomes,
        person: this.person,
        personal: PERSONAL.map((field) => this.person[field]),
      }),
    );
    for (const failure of failures) console.error(failure);
    const well = (status) => status >= 200 && status < 300;
    const answered = this.sent.length > 0 && this.statuses.length > 0 && this.statuses.every(well);
    process.exit(answered && failures.length === 0 ? 0 : 1);
  }
}

// Resolves once `count` has reached `least` and then not changed for `quiet_ms`.
export async function quiet(count, least, quiet_ms) {
  let seen = -1;
  while (count() < least || count() !== seen) {
    seen = count();
    await new Promise((resolve) => setTimeout(resolve, quiet_ms));
  }
}

// Fresh items as items.json describes them: pairs of type and payload.
export function itemsOfEveryKind(person) {
  const text = readFileSync(new URL('items.json', import.meta.url), 'utf8');
  return Object.entries(JSON.parse(text)).map(([kind, payload]) => {
    const id = randomUUID().replaceAll('-', '');
    const filled = JSON.stringify(payload)
      .replaceAll('"{now}"', Date.now() / 1000)
      .replaceAll('{id}', id)
      .replaceAll('{span}', id.slice(16))
      .replaceAll('{email}', person.email)
      .replaceAll('{name}', person.name);
    return [kind, JSON.parse(filled)];
  });
}

function personOf(word) {
  const text = readFileSync(new URL('persona.json', import.meta.url), 'utf8');
  return JSON.parse(text.replaceAll('{word}', word));
}

function refuse(reason) {
  console.error(reason);
  process.exit(2);
}
