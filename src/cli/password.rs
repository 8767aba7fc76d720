//! A password from standard input: a line that a program sends, or one that somebody types unseen.
#![expect(
    clippy::disallowed_macros,
    reason = "speaks to the person at the terminal"
)]

use std::io::{BufRead, IsTerminal, Stdin, stdin};

use anyhow::{Context, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Reads one line. On a terminal it is asked for, not shown, and asked for again.
pub(super) fn read_password() -> anyhow::Result<Zeroizing<String>> {
    let input = stdin();
    if !input.is_terminal() {
        return read_line(&input);
    }
    let unseen = Unseen::begin()?;
    eprint!("Password: ");
    let first = read_line(&input)?;
    eprint!("\nAgain: ");
    let second = read_line(&input)?;
    eprintln!();
    drop(unseen);
    if first != second {
        bail!("the two passwords differ");
    }
    Ok(first)
}

fn read_line(input: &Stdin) -> anyhow::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    input
        .lock()
        .read_line(&mut line)
        .context("the password cannot be read")?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(line)
}

/// While this lives, the terminal does not show what is typed.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> anyhow::Result<Self> {
        let before = tcgetattr(stdin())?;
        let mut without_echo = before.clone();
        without_echo.local_modes.remove(LocalModes::ECHO);
        tcsetattr(stdin(), OptionalActions::Flush, &without_echo)?;
        Ok(Self(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &self.0);
    }
}
