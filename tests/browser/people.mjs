// People and projects in real Chromium: the first account, an invitation, roles, sessions, keys, test events, both
// languages; every page is judged in every look.
//
//   node tests/browser/people.mjs
//
// Needs what pages.mjs needs. Ends by itself in under three minutes, on an idle machine in one.

import assert from 'node:assert/strict';

import { pressTabThrough } from './keyboard.mjs';
import { lookAt } from './looks.mjs';
import { MayflyServer } from './mayfly_server.mjs';
import { EMAIL, PASSWORD, typeAccount, typeNewPassword } from './operator.mjs';
import { begin, end, launchChromium, run, test } from './strands.mjs';
import { Watch } from './watch.mjs';

const DEADLINE_MS = 175000;
const WAIT_MS = 15000;
const COLLEAGUE = 'jo@example.com';

const [before, hands, eyes, after] = [[], [], [], []];
let mayfly, chromium, watch, admin, developer, personPath;

async function browser({ language = 'en', ...options } = {}) {
  const locale = { en: 'en-GB', de: 'de-DE' }[language];
  const context = await chromium.newContext({ baseURL: mayfly.url, locale, ...options });
  context.setDefaultTimeout(WAIT_MS);
  await watch.over(context);
  return context;
}

const admins = {};
const adminOf = async (language) =>
  (admins[language] ??= await browser({ language, storageState: await admin.storageState() }));

// A page of its own that opens `path` as the administrator, for one step.
async function asAdmin(path, act) {
  const page = await admin.newPage();
  await page.goto(path);
  await act(page);
  await page.close();
}

test(before, 'the first account', async () => {
  admin = await browser();
  const page = await admin.newPage();
  await page.goto(mayfly.setupLink);
  await typeAccount(page);
  await page.getByRole('heading', { name: 'What arrived' }).waitFor();
  assert.equal(await page.locator('.menu .who').textContent(), EMAIL);
  await page.close();
});

test(before, 'an invitation, from the form to the first look of a colleague', async () => {
  let link;
  await asAdmin('/people', async (page) => {
    await page.getByLabel('E-mail address').fill(COLLEAGUE);
    assert.equal(await page.getByRole('checkbox').count(), 0, 'only where a choice is to be made');
    await page.getByLabel('Only these').check();
    await page.getByRole('checkbox', { name: 'My first project' }).check();
    await page.getByRole('button', { name: 'Make invitation link' }).press('Enter');
    link = await page.locator('#link').textContent();
    await page.goto('/people');
    const row = page.getByRole('row', { name: COLLEAGUE });
    assert.match(await row.textContent(), /Developer.*My first project.*invited/);
    personPath = await row.getByRole('link').getAttribute('href');
  });
  developer = await browser();
  const page = await developer.newPage();
  await page.goto(link);
  await page.getByText(COLLEAGUE).waitFor();
  await page.getByLabel('New password').focus();
  await typeNewPassword(page);
  await page.getByRole('link', { name: 'Projects' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'People' }).count(), 0);
  await watch.expecting(/status of 403/, () => page.goto('/people'));
  await page.getByText('Your role does not allow this').waitFor();
  await watch.expecting(/status of 410/, () => page.goto(link));
  await page.getByText('This link was used').waitFor();
  await page.close();
});

test(hands, 'a guide for each SDK, with the DSN and a button that copies', async () => {
  const page = await developer.newPage();
  await page.goto('/projects/1');
  const guides = page.getByRole('navigation', { name: 'Choose what you build with' });
  const names = await guides.getByRole('link').allTextContents();
  assert.ok(names.length >= 16);
  for (const name of ['Python', 'Go', 'Vue']) {
    await guides.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    const code = (await page.locator('#guide pre').allTextContents()).join('\n');
    assert.ok(code.includes(name === 'Vue' ? mayfly.url : mayfly.dsn), name);
    assert.equal(await page.locator('#guide .copy').count(), await page.locator('#guide pre').count());
  }
  await developer.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: mayfly.url });
  await page.locator('#guide .copy').first().click();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), 'npm install vue-matomo');
  await page.close();
});

test(hands, 'a developer reads the settings and cannot change them', async () => {
  const page = await developer.newPage();
  await page.goto('/projects/1');
  await page.getByRole('link', { name: 'Settings' }).click();
  assert.ok(await page.getByLabel('Allowed origins').isDisabled());
  assert.equal(await page.locator('main').getByRole('button').count(), 0);
  await page.close();
  await lookAt('/projects/1/settings', {
    name: 'settings-of-a-developer',
    browserFor: async () => developer,
    words: { en: 'Administrators can change it' },
    languages: ['en'],
  });
});

test(hands, 'test events of both kinds, as they were stored', async () => {
  const page = await developer.newPage();
  for (const [button, found] of [
    ['Send a test error', /exception_value.*\[email\]/s],
    ['Send a test page view', /title.*Mayfly test/s],
  ]) {
    await page.goto('/projects/1');
    await page.getByRole('button', { name: button }).click();
    await page.getByRole('status').getByText('was stored').waitFor();
    assert.match(await page.getByRole('table').textContent(), found);
  }
  await page.close();
});

test(hands, 'a key is added, and the old one revoked after a second thought', async () => {
  await asAdmin('/projects/1/settings', async (page) => {
    assert.equal(await page.getByText('Revoke…').count(), 0, 'the only key stays');
    await page.getByRole('button', { name: 'Add a key' }).click();
    const old = new URL(mayfly.dsn).username;
    const row = page.getByRole('row', { name: old });
    const button = row.getByRole('button', { name: 'Revoke key' });
    assert.equal(await button.isVisible(), false);
    await row.getByText('Revoke…').press('Enter');
    await button.press('Enter');
    await row.waitFor({ state: 'detached' });
  });
});

test(hands, 'a project is renamed and limited to its origins', async () => {
  await asAdmin('/projects', async (page) => {
    await page.getByLabel('Name', { exact: true }).fill('Chat');
    await page.getByRole('button', { name: 'Create project' }).click();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Live chat');
    await page.getByLabel('Allowed origins').fill('https://a.example.org\n*.b.example');
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.getByRole('status').getByText('Saved').waitFor();
    await page.getByRole('heading', { name: 'Live chat' }).waitFor();
    await page.reload();
    assert.match(await page.getByLabel('Allowed origins').inputValue(), /^https.*\n\*\.b\.example$/);
    await page.getByLabel('Time zone').fill('Mars/Olympus');
    await watch.expecting(/status of 422/, async () => {
      await page.getByRole('button', { name: 'Save' }).nth(1).click();
      await page.getByRole('alert').getByText('Time zone').waitFor();
    });
    const switzerland = page.getByRole('group', { name: 'Switzerland' });
    await switzerland.getByLabel('Consent').selectOption('for page views and crash reports');
    await switzerland.getByLabel('Hours').fill('48');
    await page.getByRole('button', { name: 'Save' }).last().click();
    await page.getByRole('status').getByText('Saved').waitFor();
    await page.reload();
    assert.equal(await switzerland.getByLabel('Hours').inputValue(), '48');
    assert.equal(await switzerland.getByLabel('Consent').inputValue(), 'required_for_all');
  });
});

test(hands, 'a token is shown once, and withdrawn', async () => {
  await asAdmin('/tokens', async (page) => {
    await page.getByLabel('Name', { exact: true }).fill('nightly report');
    await page.getByRole('button', { name: 'Make token' }).click();
    const token = await page.locator('#token').textContent();
    assert.match(token, /^mfly_[0-9a-f]{32}$/);
    await page.goto('/tokens');
    assert.ok(!(await page.content()).includes(token));
    await page.getByText('Revoke…').click();
    await page.getByRole('button', { name: 'Revoke token' }).click();
    await page.getByText('No token yet.').waitFor();
  });
});

test(hands, 'the language switch stays, and leads back to the page', async () => {
  const context = await browser({ storageState: await developer.storageState() });
  const page = await context.newPage();
  await page.goto('/projects/1?sdk=go');
  await page.locator('.menu summary').press('Enter');
  await page.getByRole('button', { name: 'Deutsch' }).press('Enter');
  await page.getByText('So früh wie möglich im Programm').waitFor();
  assert.ok(page.url().endsWith('/projects/1?sdk=go'));
  const cookies = await context.cookies();
  const longest = Math.max(...cookies.map(({ expires }) => expires)) - Date.now() / 1000;
  assert.ok(longest <= 30 * 86400, `${longest} s`);
  await context.close();
});

test(hands, 'the menu closes by Escape and by looking elsewhere', async () => {
  await asAdmin('/projects', async (page) => {
    const menu = page.locator('.menu');
    await menu.locator('summary').press('Enter');
    await page.getByRole('link', { name: 'Account' }).focus();
    await page.keyboard.press('Escape');
    assert.equal(await menu.getAttribute('open'), null);
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'SUMMARY');
    await menu.locator('summary').click();
    await page.locator('h1').click();
    assert.equal(await menu.getAttribute('open'), null);
  });
});

test(hands, 'everything is reached with Tab, in sight', async () => {
  for (const path of ['/people', '/projects/1', '/projects/1/settings', '/account']) {
    for (const viewport of [{ width: 1280, height: 900 }, { width: 360, height: 780 }]) {
      await asAdmin(path, async (page) => {
        await page.setViewportSize(viewport);
        await pressTabThrough(page);
      });
    }
  }
});

test(hands, 'without scripts a person can be invited and kept out', async () => {
  const storageState = await admin.storageState();
  const context = await browser({ storageState, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/people');
  await page.getByLabel('E-mail address').fill('sam@example.com');
  await page.getByRole('button', { name: 'Make invitation link' }).click();
  await page.locator('#link').waitFor();
  await page.goto('/people');
  await page.getByRole('link', { name: 'sam@example.com' }).click();
  await page.getByText('Disable…').click();
  await page.getByRole('button', { name: 'Disable account' }).click();
  await page.getByText('disabled', { exact: true }).waitFor();
  await context.close();
});

const looks = [
  ['/projects', 'projects', { en: 'New project', de: 'Neues Projekt' }],
  ['/projects/1?sdk=python', 'connect', { en: 'In a terminal', de: 'Im Terminal' }],
  ['/projects/1/settings', 'settings', { en: 'Allowed origins', de: 'Erlaubte Herkünfte' }],
  ['/people', 'people', { en: 'Invite somebody', de: 'Jemanden einladen' }],
  [() => personPath, 'person', { en: 'Role and projects', de: 'Rolle und Projekte' }],
  ['/tokens', 'tokens', { en: 'Make a token', de: 'Ein Token erstellen' }],
  ['/account', 'account', { en: 'Change password', de: 'Passwort ändern' }],
];
for (const [path, name, words] of looks) {
  test(eyes, `the page ${name} in every look`, async () => {
    const address = typeof path === 'function' ? path() : path;
    const act = async (page) => {
      // What is folded away is judged as well.
      for (const fold of await page.locator('details').all()) {
        if (name !== 'account') await fold.evaluate((details) => (details.open = true));
      }
    };
    await lookAt(address, { name, browserFor: adminOf, words, act });
  });
}

test(eyes, 'a test event in every look', async () => {
  const page = await (await adminOf('en')).newPage();
  await page.goto('/projects/1');
  await page.getByRole('button', { name: 'Send a test error' }).click();
  await page.getByRole('table').waitFor();
  const path = new URL(page.url()).pathname;
  await page.close();
  const words = { en: 'was stored', de: 'wurde gespeichert' };
  await lookAt(path, { name: 'test-event', browserFor: adminOf, words });
});

test(after, 'a new password ends the other sessions, signing out everywhere all of them', async () => {
  const other = await browser();
  const page = await other.newPage();
  const signIn = async (password) => {
    await page.goto('/sign-in');
    await page.getByLabel('E-mail address').fill(EMAIL);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await signIn(PASSWORD);
  await page.getByRole('heading', { name: 'What arrived' }).waitFor();
  const next = 'a table for twelve bicycles';
  await asAdmin('/account', async (account) => {
    await account.getByLabel('Current password').fill(PASSWORD);
    await account.getByLabel('New password').focus();
    await typeNewPassword(account, next);
    await account.getByRole('status').getByText('The password is changed').waitFor();
  });
  await watch.expecting(/status of 401/, () => page.goto('/account'));
  await watch.expecting(/status of 403/, async () => {
    await signIn(PASSWORD);
    await page.getByRole('alert').waitFor();
  });
  await signIn(next);
  await page.getByRole('heading', { name: 'What arrived' }).waitFor();
  await page.goto('/account');
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByLabel('Password').waitFor();
  assert.deepEqual(await other.cookies(), []);
  await watch.expecting(/status of 401/, () =>
    asAdmin('/account', (account) => account.getByLabel('Password').waitFor()),
  );
});

test(after, 'no error in a console, no violation of a policy, no request to another host', () => {
  // A live page whose session ends elsewhere may ask once more before it is left.
  const unexpected = watch.problems.filter((text) => !/status of 401 .*\/live$/.test(text));
  assert.deepEqual(unexpected, []);
  assert.deepEqual([...watch.hosts], [new URL(mayfly.url).host]);
});

begin(DEADLINE_MS, () => mayfly?.log ?? '');
mayfly = await MayflyServer.start();
chromium = await launchChromium();
watch = new Watch();
await run(before);
await Promise.all([run(hands), run(eyes)]);
await run(after);
await chromium.close();
await end(mayfly);
