//! Paths of a policy: `request.headers.x-foo`, `extra.*.note`, `**.phone`.

use super::findings::Path;
use super::policy::PATH_STEPS_MAX;

/// A place with `*` for one step and `**` for any number of them.
#[derive(Debug)]
pub(super) struct Place(Vec<Step>);

#[derive(Debug)]
enum Step {
    /// A key in whatever case, or an index.
    Named(String),
    /// `*`
    One,
    /// `**`
    Any,
}

impl Place {
    /// `None` if a step is empty or there are too many.
    pub fn parse(text: &str) -> Option<Self> {
        let step = |part: &str| match part {
            "" => None,
            "*" => Some(Step::One),
            "**" => Some(Step::Any),
            name => Some(Step::Named(name.to_owned())),
        };
        let steps: Vec<Step> = text.split('.').map(step).collect::<Option<_>>()?;
        (steps.len() <= PATH_STEPS_MAX).then_some(Self(steps))
    }

    /// True if `path` is this place.
    pub fn fits(&self, path: &Path<'_>) -> bool {
        self.reached(path) >> self.0.len() & 1 == 1
    }

    /// How many of the steps may have been taken at `path`: one bit for each number.
    fn reached(&self, path: &Path<'_>) -> u64 {
        match path {
            Path::Root => self.through_any(1),
            // A key may hold dots itself.
            Path::Key(parent, key) => {
                let mut reached = self.reached(parent);
                for part in key.split('.') {
                    reached = self.step(reached, |name| name.eq_ignore_ascii_case(part));
                }
                reached
            }
            Path::Index(parent, index) => {
                self.step(self.reached(parent), |name| name.parse() == Ok(*index))
            }
        }
    }

    fn step(&self, from: u64, is: impl Fn(&str) -> bool) -> u64 {
        let mut to = 0;
        for (i, step) in self.0.iter().enumerate() {
            let taken = from >> i & 1;
            to |= match step {
                Step::Any => taken << i,
                Step::One => taken << (i + 1),
                Step::Named(name) => (taken & u64::from(taken == 1 && is(name))) << (i + 1),
            };
        }
        self.through_any(to)
    }

    /// `**` may stand for nothing.
    fn through_any(&self, mut reached: u64) -> u64 {
        for (i, step) in self.0.iter().enumerate() {
            if let Step::Any = step {
                reached |= (reached >> i & 1) << (i + 1);
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(place: &str, steps: &[&str]) -> bool {
        fn path<'p>(place: &Place, parent: &Path<'p>, steps: &[&'p str]) -> bool {
            match steps {
                [] => place.fits(parent),
                [first, rest @ ..] => match first.parse() {
                    Ok(index) => path(place, &Path::Index(parent, index), rest),
                    Err(_) => path(place, &Path::Key(parent, first), rest),
                },
            }
        }
        path(&Place::parse(place).unwrap(), &Path::Root, steps)
    }

    #[test]
    fn steps_by_name_by_number_and_any() {
        for (place, steps) in [
            ("contexts.order.*", &["contexts", "order", "iban"][..]),
            ("**.note", &["extra", "a", "b", "note"]),
            ("**.note", &["note"]),
            ("extra.**", &["extra"]),
            ("extra.**", &["extra", "a", "b"]),
            ("a.**.b.**.c", &["a", "x", "b", "y", "z", "c"]),
            ("request.headers.x-foo", &["request", "headers", "X-Foo"]),
            (
                "exception.values.0.value",
                &["exception", "values", "0", "value"],
            ),
            ("tags.user.name", &["tags", "user.name"]),
        ] {
            assert!(fits(place, steps), "{place}");
        }
        for (place, steps) in [
            ("contexts.order.*", &["contexts", "order"][..]),
            ("tags.*", &["extra", "plan"]),
            ("a.**.b", &["a", "b", "c"]),
            ("*", &[]),
        ] {
            assert!(!fits(place, steps), "{place}");
        }
    }

    #[test]
    fn paths_that_are_none() {
        for text in ["", "a..b", ".", "a."] {
            assert!(Place::parse(text).is_none());
        }
        assert!(Place::parse(&vec!["a"; PATH_STEPS_MAX + 1].join(".")).is_none());
    }
}
