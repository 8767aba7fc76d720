// Somebody who runs Mayfly, at the keyboard.

export const EMAIL = 'Kim.Keller@example.org';
export const PASSWORD = 'orange bicycle table';

// Fills in the form behind the one-time link, whose first field has the focus.
export async function typeAccount(page, email = EMAIL) {
  await page.keyboard.type(email);
  await page.keyboard.press('Tab');
  await typeNewPassword(page);
}

// Fills in the two fields in which a password is chosen; the first has the focus.
export async function typeNewPassword(page, password = PASSWORD) {
  await page.keyboard.type(password);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
}
