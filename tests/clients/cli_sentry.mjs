// Sends with sentry-cli, as scripts and cron jobs do.
//
//   cli_sentry.mjs --dsn DSN --marker WORD [--package @sentry/cli-linux-x64|sentry-cli-1]
//
// message     a message with tags, extra and a user; an older sentry-cli posts it to /store/
// monitor     a job that is run by sentry-cli monitors, which tells how it ended
//
// sentry-cli shows neither replies nor ids: a proxy that changes nothing notes the replies.

import { execFile } from 'node:child_process';
import http from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clientsFolder, Sender } from './common.mjs';

const sender = new Sender(({ package: name }) => name, ['message', 'monitor'], {
  package: { type: 'string', default: '@sentry/cli-linux-x64' },
});
const { person } = sender;
const { release } = sender.arguments;
const environment = 'production';
const dsn = new URL(sender.arguments.dsn);

const [host, port] = [dsn.hostname, dsn.port];

const proxy = http.createServer((request, response) => {
  const { method, headers, url: path } = request;
  const forwarded = http.request({ host, port, path, method, headers }, (reply) => {
    sender.noteReply(reply.statusCode, reply.headers['x-mayfly-outcome']);
    response.writeHead(reply.statusCode, reply.headers);
    reply.pipe(response);
  });
  request.pipe(forwarded);
});
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
dsn.port = proxy.address().port;

function sentryCli(...args) {
  const program = join(clientsFolder, 'node_modules', sender.clientName, 'bin/sentry-cli');
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, SENTRY_DSN: dsn.href };
  return promisify(execFile)(program, args, { env });
}

const scenarios = {
  async message() {
    const text = `basket opened by ${person.email}`;
    const { stdout } = await sentryCli(
      ...['send-event', '--message', text, '--level', 'info', '--release', release],
      ...['--env', environment, '--platform', 'native', '--no-environ'],
      ...['--tag', 'client:cli', '--tag', `customer:${person.email}`],
      ...['--extra', `iban:${person.iban}`, '--user', `email:${person.email}`],
    );
    const event_id = stdout.match(/[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}/)[0].replaceAll('-', '');
    const tags = { client: 'cli', customer: person.email };
    const fields = { message: text, level: 'info', platform: 'native', release, environment, tags };
    sender.note('message', { event_id }, fields);
  },

  async monitor() {
    const slug = `${sender.clientName.replaceAll(/\W/g, '')}-prices`;
    await sentryCli(
      ...['monitors', 'run', '-e', environment, '--schedule', '15 3 * * *'],
      ...['--timezone', 'Europe/Berlin', '--check-in-margin', '5', '--max-runtime', '30'],
      ...[slug, '--', 'true'],
    );
    const named = { environment, monitor_slug: slug };
    sender.note('check_in', { monitor_slug: slug, status: 'in_progress' }, {
      ...named,
      schedule: '15 3 * * *',
      timezone: 'Europe/Berlin',
      margin_minutes: 5,
      runtime_minutes_max: 30,
    });
    sender.note('check_in', { monitor_slug: slug, status: 'ok' }, named);
  },
};

for (const scenario of sender.scenarios) await scenarios[scenario]();
sender.finish();
