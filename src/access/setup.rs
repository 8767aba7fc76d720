//! The one-time link that the first start prints: it leads to the first account.

use std::sync::{Mutex, PoisonError};

use ring::rand::SystemRandom;

use crate::registry::{Token, TokenHash};

/// The link that the first start prints. It works once, and only until the program stops.
pub struct SetupLink(Mutex<Option<Token>>);

impl SetupLink {
    /// A new link.
    pub fn new() -> Self {
        Self(Mutex::new(Some(Token::random(&SystemRandom::new()))))
    }

    /// The code in the link, while it has not been used.
    pub fn code(&self) -> Option<String> {
        let link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        link.as_ref().map(|token| token.reveal().to_owned())
    }

    /// Whether the link has this code and has not been used.
    pub fn matches(&self, code: &str) -> bool {
        let link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Comparing hashes tells nothing about the code, however long it takes.
        link.as_ref()
            .is_some_and(|token| token.hash() == TokenHash::of(code))
    }

    /// Takes the link, so that nobody else can use it meanwhile.
    pub fn take(&self, code: &str) -> Option<Token> {
        let mut link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        link.take_if(|token| token.hash() == TokenHash::of(code))
    }

    /// Puts back what was taken: the account could not be made.
    pub fn put_back(&self, taken: Token) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
    }
}

impl Default for SetupLink {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setup_link_works_once() {
        let link = SetupLink::new();
        let code = link.code().unwrap();
        assert!(link.take("guess").is_none());
        let taken = link.take(&code).unwrap();
        assert!(!link.matches(&code) && link.take(&code).is_none() && link.code().is_none());
        link.put_back(taken);
        assert!(link.matches(&code));
    }
}
