//! What each language's compilers and runtimes do to the names of files and functions, undone.

mod dotnet;
mod go;
mod javascript;
mod jvm;
mod native;
mod php;
mod python;
mod ruby;
mod text;

use std::borrow::Cow;

use super::frame::Frame;
use super::place;

/// Families of runtimes that name functions alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// JavaScript that runs in front of people: four engines, bundles, no context lines.
    Browser,
    /// JavaScript on one engine, mostly with its sources at hand.
    Node,
    Python,
    /// Java, Kotlin, Scala, Android.
    Jvm,
    Dotnet,
    /// C, C++, Rust, Swift, Objective-C.
    Native,
    Go,
    Ruby,
    Php,
    Other,
}

/// Whose frame it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The application's.
    Own,
    /// Not the application's, says the client.
    Foreign,
    /// Of a known library or framework.
    Library,
    /// Of the runtime, the compiler or the reporting client: never says what broke.
    Machinery,
}

/// A frame reduced to what is the same in every build, browser and process.
#[derive(Clone, Debug)]
pub(super) struct Token<'e> {
    /// File, module or class; empty where the name says it all.
    pub place: Cow<'e, str>,
    /// Function; empty if it has none.
    pub name: Cow<'e, str>,
    /// Reached over an asynchronous call, which some engines show and others do not.
    pub detached: bool,
    /// Its name was made for one build: minified, obfuscated.
    pub obscured: bool,
}

impl<'e> Token<'e> {
    fn new(place: impl Into<Cow<'e, str>>, name: impl Into<Cow<'e, str>>) -> Self {
        Self {
            place: place.into(),
            name: name.into(),
            detached: false,
            obscured: false,
        }
    }

    pub fn is_same(&self, other: &Token<'_>) -> bool {
        self.name == other.name && self.place == other.place
    }
}

impl Language {
    /// By Sentry's word for the platform of an event or frame.
    pub fn of_platform(platform: &str) -> Self {
        match platform {
            "javascript" => Self::Browser,
            "node" => Self::Node,
            "python" => Self::Python,
            "java" | "android" | "kotlin" | "scala" | "groovy" => Self::Jvm,
            "csharp" | "dotnet" => Self::Dotnet,
            "native" | "cocoa" | "objc" | "swift" | "c" | "cpp" | "rust" => Self::Native,
            "go" => Self::Go,
            "ruby" => Self::Ruby,
            "php" => Self::Php,
            _ => Self::Other,
        }
    }

    /// By the extension of a file.
    pub fn of_file(path: &str) -> Self {
        match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "tsx" => Self::Node,
            "py" => Self::Python,
            "java" | "kt" | "scala" => Self::Jvm,
            "cs" | "fs" | "vb" => Self::Dotnet,
            "c" | "cc" | "cpp" | "h" | "hpp" | "rs" | "swift" | "m" | "mm" => Self::Native,
            "go" => Self::Go,
            "rb" | "erb" => Self::Ruby,
            "php" => Self::Php,
            _ => Self::Other,
        }
    }

    pub fn is_script(self) -> bool {
        matches!(self, Self::Browser | Self::Node)
    }

    /// Whether clients of the language read the line of code from the source itself, always.
    pub fn has_source(self) -> bool {
        matches!(self, Self::Node | Self::Python | Self::Ruby | Self::Php)
    }
}

impl Role {
    /// What says most about a bug comes first, if nothing is the application's own.
    pub const ORDER: [Role; 3] = [Role::Foreign, Role::Library, Role::Machinery];
}

/// Whose frame it is: the client's word, unless the runtime is known better.
pub(super) fn role(frame: &Frame<'_>) -> Role {
    let known = match frame.language {
        Language::Browser | Language::Node => javascript::role(frame),
        Language::Python => python::role(frame),
        Language::Jvm => jvm::role(frame),
        Language::Dotnet => dotnet::role(frame),
        Language::Native => native::role(frame),
        Language::Go => go::role(frame),
        Language::Ruby => ruby::role(frame),
        Language::Php => php::role(frame),
        Language::Other => None,
    };
    known.unwrap_or(match frame.in_app {
        Some(false) => Role::Foreign,
        _ => Role::Own,
    })
}

/// The frame without what its build, browser or compiler added.
pub(super) fn token<'e>(frame: &Frame<'e>) -> Token<'e> {
    match frame.language {
        Language::Browser | Language::Node => javascript::token(frame),
        Language::Python => python::token(frame),
        Language::Jvm => jvm::token(frame),
        Language::Dotnet => dotnet::token(frame),
        Language::Native => native::token(frame),
        Language::Go => go::token(frame),
        Language::Ruby => ruby::token(frame),
        Language::Php => php::token(frame),
        Language::Other => other(frame),
    }
}

/// A language without rules of its own: parameters and the usual words for "no name" go.
fn other<'e>(frame: &Frame<'e>) -> Token<'e> {
    // Elixir: `anonymous fn/1 in Shop.Cart.total/2`.
    let function = frame
        .function
        .rsplit_once(" in ")
        .map_or(frame.function, |(_, outer)| outer);
    let function = function.split('(').next().unwrap_or_default();
    // Dart: `_CartState.build.<anonymous closure>`.
    let function = function.split(".<").next().unwrap_or_default();
    let function = function.trim_end_matches("/<").trim();
    let nameless = function.starts_with('<') || function == "?" || function.starts_with("0x");
    let place = if frame.module.is_empty() {
        place::source(frame.file())
    } else {
        Cow::Borrowed(frame.module)
    };
    Token::new(place, if nameless { "" } else { function })
}
