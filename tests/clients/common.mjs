// What every Node sender shares: arguments, the made-up person, the watch on replies, the report.
// The report and the exit status are those of common.py.
//
// The client libraries live in the cache, not beside these files: scripts/clients.sh names their
// folder in MAYFLY_CLIENTS_NODE.

import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

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
  // `clientName` is its package; `scenarios` is what --scenario chooses from; `options` are further
  // arguments as parseArgs takes them; `onlyWhenAsked` are scenarios that `all` leaves out.
  constructor(clientName, scenarios, options = {}, onlyWhenAsked = []) {
    const { values } = parseArgs({
      options: {
        dsn: { type: 'string' },
        server: { type: 'string' },
        site: { type: 'string', default: '1' },
        marker: { type: 'string' },
        scenario: { type: 'string', default: 'all' },
        ...options,
      },
    });
    if (!/^[A-Za-z0-9]{4,32}$/.test(values.marker ?? '')) {
      refuse('--marker takes 4 to 32 letters and digits');
    }
    const known = ['all', ...scenarios, ...onlyWhenAsked];
    if (!known.includes(values.scenario)) {
      refuse(`--scenario takes one of: ${known.join(' ')}`);
    }
    process.argv.length = 2; // an SDK may report it, and no rule can know the bare marker there
    this.arguments = values;
    this.clientName = clientName;
    this.scenarios = values.scenario === 'all' ? scenarios : [values.scenario];
    this.person = personOf(values.marker);
    const package_json = join(clientsFolder, 'node_modules', clientName, 'package.json');
    this.version = requireClient(package_json).version;
    this.sent = [];
    this.statuses = [];
    this.outcomes = [];
    setTimeout(() => {
      console.error(`no end within ${DEADLINE_S} s`);
      process.exit(1);
    }, DEADLINE_S * 1000).unref();
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

function personOf(word) {
  const text = readFileSync(new URL('persona.json', import.meta.url), 'utf8');
  return JSON.parse(text.replaceAll('{word}', word));
}

function refuse(reason) {
  console.error(reason);
  process.exit(2);
}
