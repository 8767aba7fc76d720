//! What an event says about its bug, in the order in which it is believed.

use super::key::{Key, Part};
use super::language::Language;
use super::message;
use super::stack::Stack;
use crate::json::Value;
use crate::privacy::crash::facts::Facts;

/// Exceptions of a chain that are looked at.
const EXCEPTIONS_MAX: usize = 8;
/// Bytes of a type. A longer one is a message in the wrong place.
const TYPE_BYTES_MAX: usize = 128;

/// Types that say no more than that something failed, and whose stack often is the reporter's.
#[rustfmt::skip]
const VAGUE_TYPES: [&str; 12] = [
    "panic", "error", "string", "*errors.errorString", "*errors.joinError", "*fmt.wrapError", "*fmt.wrapErrors",
    "*errors.withStack", "*errors.withMessage", "*errors.fundamental", "*status.Error", "log",
];

/// Types that engines of JavaScript throw themselves, each with words of its own.
#[rustfmt::skip]
const ENGINE_TYPES: [&str; 18] = [
    "TypeError", "ReferenceError", "RangeError", "SyntaxError", "EvalError", "URIError", "DOMException", "AbortError",
    "NotAllowedError", "NotFoundError", "NotSupportedError", "InvalidStateError", "SecurityError", "QuotaExceededError",
    "NetworkError", "DataCloneError", "HierarchyRequestError", "TimeoutError",
];

/// Why an event is where it is.
pub(super) struct Reason<'e> {
    language: Language,
    /// What was thrown first, then its causes; empty for a message.
    chain: Vec<Link<'e>>,
    /// The stack of an event that is no exception.
    stack: Option<Stack<'e>>,
    /// The logged message before its arguments were filled in, if the client sent it.
    template: Option<&'e str>,
    message: &'e str,
    logger: &'e str,
}

/// One exception of a chain.
struct Link<'e> {
    kind: &'e str,
    value: &'e str,
    stack: Option<Stack<'e>>,
}

impl<'e> Reason<'e> {
    /// Reads it out of a scrubbed event.
    pub fn of(event: &'e Value<'_>, facts: &Facts<'e>) -> Self {
        let language = Language::of_platform(facts.text("platform").unwrap_or(""));
        let mut chain = chain(facts, language);
        let mut stack = None;
        if chain.iter().all(|link| link.stack.is_none()) && !facts.frames().is_empty() {
            let overflow = chain.first().is_some_and(|link| link.is_overflow());
            let found = Some(Stack::read(facts.frames(), language, overflow));
            match chain.first_mut() {
                Some(link) => link.stack = found,
                None => stack = found,
            }
        }
        Self {
            language,
            chain,
            stack,
            template: template(event),
            message: facts.message(),
            logger: facts.text("logger").unwrap_or(""),
        }
    }

    /// `stack`, `exception`, `template` or `message`.
    pub fn basis(&self) -> &'static str {
        let stacks = self.chain.iter().filter_map(|link| link.stack.as_ref());
        if stacks.chain(&self.stack).any(|stack| !stack.is_empty()) {
            "stack"
        } else if !self.chain.is_empty() {
            "exception"
        } else if self.template.is_some() {
            "template"
        } else {
            "message"
        }
    }

    /// The innermost function of the application, for fingerprints that ask for it.
    pub fn function(&self) -> Option<&str> {
        let thrown = self.chain.get(self.main()).and_then(Link::function);
        thrown.or(self.stack.as_ref().and_then(Stack::function))
    }

    /// Where it broke: the innermost call of the application, readable.
    pub fn culprit(&self) -> Option<String> {
        let thrown = self.chain.get(self.main());
        let stack = thrown.and_then(|link| link.stack.as_ref());
        stack.or(self.stack.as_ref())?.culprit()
    }

    /// A message without what varies; of an exception of the type `kind`, as this event's language words it.
    pub fn parameterised(&self, kind: &str, text: &str) -> String {
        message::parameterised(text, self.language.is_script().then_some(kind))
    }

    pub fn write(&self, key: &mut Key) {
        if self.chain.is_empty() {
            return self.write_message(key);
        }
        let main = self.main();
        // The bug is where the application's code is; around it come wrappers, inside it causes.
        for (at, link) in self.chain.iter().enumerate() {
            let before = if at == 0 { "" } else { ", caused by " };
            link.write(self.language, at == main, before, key);
        }
    }

    /// The first exception of the chain that was in the application's code, else the first with a stack.
    fn main(&self) -> usize {
        let find = |is: fn(&Stack<'_>) -> bool| {
            let is = |link: &Link<'_>| link.stack.as_ref().is_some_and(is);
            self.chain.iter().position(is)
        };
        let own = find(|stack| stack.own && stack.names() > 0);
        own.or(find(|stack| stack.names() > 0)).unwrap_or(0)
    }

    fn write_message(&self, key: &mut Key) {
        let (kind, text) = match self.template {
            Some(template) => (Part::Template, template),
            None => (Part::Message, self.message),
        };
        if !text.trim().is_empty() {
            key.part(kind, "", &self.parameterised("", text));
            if !matches!(self.logger, "" | "root") {
                key.part(Part::Logger, ", logged by ", self.logger);
            }
        }
        if let Some(stack) = &self.stack {
            stack.write(usize::MAX, key);
        }
    }
}

impl<'e> Link<'e> {
    fn read(exception: &'e Value<'_>, language: Language) -> Self {
        let text = |key| exception.str_at(key).map_or("", str::trim);
        let synthetic = exception.path(&["mechanism", "synthetic"]) == Some(&Value::Bool(true));
        let mut link = Self {
            kind: if synthetic { "" } else { text("type") },
            value: text("value"),
            stack: None,
        };
        let frames = exception
            .path(&["stacktrace", "frames"])
            .and_then(Value::as_array)
            .filter(|frames| !frames.is_empty());
        link.stack = frames.map(|frames| Stack::read(frames, language, link.is_overflow()));
        link
    }

    fn is_overflow(&self) -> bool {
        matches!(
            self.kind,
            "RecursionError" | "StackOverflowError" | "SystemStackError"
        ) || self.kind.ends_with(".StackOverflowError")
            || self.value.starts_with("Maximum call stack")
            || self.value.starts_with("too much recursion")
    }

    /// The type, as far as it is the same in every engine and build.
    fn kind(&self, language: Language) -> &'e str {
        let kind = self.kind.strip_prefix("Uncaught ").unwrap_or(self.kind);
        let kind = kind.split(['`', '<']).next().unwrap_or_default();
        let kind = &kind[..kind.floor_char_boundary(TYPE_BYTES_MAX)];
        match kind {
            // What SpiderMonkey throws where others throw a RangeError.
            "InternalError" if language.is_script() => "RangeError",
            // A minified class.
            minified if language.is_script() && minified.len() <= 2 => "",
            kind => kind,
        }
    }

    fn function(&self) -> Option<&str> {
        self.stack.as_ref().and_then(Stack::function)
    }

    fn repeats(&self, other: &Self) -> bool {
        self.kind == other.kind && self.function() == other.function()
    }

    /// Whether the stack alone does not tell this bug from others.
    fn needs_message(&self, language: Language) -> bool {
        let Some(stack) = &self.stack else {
            return true;
        };
        if stack.names() == 0 || VAGUE_TYPES.contains(&self.kind) {
            return true;
        }
        if !language.is_script() {
            return false;
        }
        // Words of the application are the same in every browser, those of an engine are mostly not.
        if ENGINE_TYPES.contains(&self.kind(language)) {
            return stack.obscured && message::of_engine(self.kind(language), self.value).is_some();
        }
        stack.obscured || self.kind.is_empty() || (stack.names() == 1 && !stack.has_code())
    }

    fn write(&self, language: Language, main: bool, before: &str, key: &mut Key) {
        key.part(Part::Type, before, self.kind(language));
        match &self.stack {
            Some(stack) if main => stack.write(usize::MAX, key),
            // Where in a library changes with its versions, and browsers do not agree on the stacks of causes.
            Some(stack) if stack.own && language != Language::Browser => stack.write(1, key),
            _ => {}
        }
        if main && self.needs_message(language) && !self.value.is_empty() {
            let script = language.is_script().then(|| self.kind(language));
            let text = message::parameterised(self.value, script);
            key.part(Part::Message, ": ", &text);
        }
    }
}

/// The logged message before its arguments were filled in, if the client tells them apart.
fn template<'e>(event: &'e Value<'_>) -> Option<&'e str> {
    let entry = event.get("logentry").or(event.get("message"))?;
    let template = entry
        .str_at("message")
        .filter(|text| !text.trim().is_empty())?;
    let filled = match entry.get("params") {
        Some(Value::Array(params)) => !params.is_empty(),
        Some(Value::Object(params)) => !params.is_empty(),
        _ => false,
    };
    let differs = entry
        .str_at("formatted")
        .is_some_and(|text| !text.is_empty() && text != template);
    (filled || differs).then_some(template)
}

/// The exceptions of an event: what was thrown last, then its causes. Those that say nothing, and repetitions (a retry
/// that fails as before), are left out.
fn chain<'e>(facts: &Facts<'e>, language: Language) -> Vec<Link<'e>> {
    let says_something = |e: &&Value<'_>| {
        e.str_at("type").is_some() || e.get("value").is_some() || e.get("stacktrace").is_some()
    };
    let thrown = || facts.exceptions().iter().rev().filter(says_something);
    let is_group =
        |e: &Value<'_>| e.path(&["mechanism", "is_exception_group"]) == Some(&Value::Bool(true));
    let mut chain: Vec<Link<'e>> = Vec::new();
    let mut grouped = false;
    for exception in thrown().take(EXCEPTIONS_MAX) {
        if is_group(exception) && thrown().count() > 1 {
            grouped = true;
            continue;
        }
        let link = Link::read(exception, language);
        if chain.iter().all(|earlier| !earlier.repeats(&link)) {
            chain.push(link);
        }
    }
    // What failed together comes in any order.
    if grouped {
        chain.sort_by(|a, b| (a.kind, a.function()).cmp(&(b.kind, b.function())));
    }
    chain
}
