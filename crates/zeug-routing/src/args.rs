//! The arguments of a match: where their texts are, and how they become a program's types. Refuses texts that do not fit the type.

use std::borrow::Cow;

use crate::converter::Kind;
use crate::error::{RoutingError, RoutingErrorKind};
use crate::scan::{same, short_number_in};
use crate::search::{IN_HOST, Spans};
use crate::value::{Value, parse_uuid};

/// A variable of a rule in a map.
#[derive(Debug, Clone)]
pub(crate) struct Var {
    pub(crate) name: Box<str>,
    pub(crate) kind: Kind,
}

/// A rule's variables and defaults.
#[derive(Debug, Clone)]
pub(crate) struct Info {
    pub(crate) vars: Box<[Var]>,
    /// The rule's own, again: arguments know no endpoint, and so no rule.
    pub(crate) defaults: Box<[(Box<str>, Value<'static>)]>,
}

/// The arguments of a match: the rule's variables with the texts they stand for, and its defaults.
///
/// # Example
///
/// ```
/// use zeug_routing::{Map, Outcome, Rule, RoutingErrorKind};
///
/// let map = Map::builder().rule(Rule::new("/user/<int:id>/<name>", "user")).build()?;
/// let urls = map.bind("example.org")?;
/// let Outcome::Match(user) = urls.match_path("/user/300/J%C3%A4ger", "GET") else { panic!() };
/// let args = user.args();
/// assert_eq!(args.get::<u32>("id")?, 300);
/// assert_eq!(args.to::<(u32, &str)>()?, (300, "Jäger"));
/// assert_eq!(args.get::<u8>("id").unwrap_err().kind(), RoutingErrorKind::BadArgument);
/// # Ok::<(), zeug_routing::RoutingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Args<'m, 'p> {
    pub(crate) info: &'m Info,
    /// Behind one pointer, as few rules have variables in their hosts and every match is moved.
    pub(crate) host: &'m Cow<'m, str>,
    /// The path as it was given; the spans know of a decoded one.
    pub(crate) path: &'p str,
    pub(crate) spans: Spans,
}

/// One argument: the text that a variable stands for, or a default.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Arg<'a> {
    /// Percent-decoded text of the path or host.
    Text(&'a str),
    /// The rule's default.
    Default(&'a Value<'static>),
}

impl<'p> Args<'_, 'p> {
    /// The text of the variable with that number: the path or host that it is part of, its first byte there and the byte after its last.
    #[inline]
    fn place(&self, i: usize) -> Option<(&str, usize, usize)> {
        let (start, end) = self.spans.get(i)?;
        let source: &str = if start & IN_HOST != 0 {
            self.host
        } else {
            self.spans.text().unwrap_or(self.path)
        };
        Some((source, (start & !IN_HOST) as usize, end as usize))
    }

    #[inline]
    fn text(&self, i: usize) -> Option<&str> {
        let (source, start, end) = self.place(i)?;
        source.get(start..end)
    }

    #[inline(always)]
    fn default(&self, name: &str) -> Option<&Value<'static>> {
        let defaults = &*self.info.defaults;
        if defaults.is_empty() {
            return None;
        }
        defaults
            .iter()
            .find(|(other, _)| same(other.as_bytes(), name.as_bytes()))
            .map(|(_, value)| value)
    }

    /// The number of the variable with that name.
    #[inline]
    fn number_of(&self, name: &str) -> Option<usize> {
        let has_name = |var: &Var| same(var.name.as_bytes(), name.as_bytes());
        self.info.vars.iter().position(has_name)
    }

    /// The argument of that name, if the rule has it; a default goes before a text of the same name.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<Arg<'_>> {
        if let Some(value) = self.default(name) {
            return Some(Arg::Default(value));
        }
        let i = self.number_of(name)?;
        self.text(i).map(Arg::Text)
    }

    /// The argument of that name, converted.
    ///
    /// # Errors
    ///
    /// [`MissingArgument`](RoutingErrorKind::MissingArgument) for a name that the rule does not have,
    /// [`BadArgument`](RoutingErrorKind::BadArgument) for a text that the type cannot hold, for example `300` for a `u8`.
    #[inline]
    pub fn get<'a, T: FromArg<'a>>(&'a self, name: &str) -> Result<T, RoutingError> {
        let refused = |kind| move || RoutingError::new(kind, name);
        let value = if let Some(value) = self.default(name) {
            T::from_arg(Arg::Default(value))
        } else if let Some((text, start, end)) = self.number_of(name).and_then(|i| self.place(i)) {
            T::from_part(text, start, end)
        } else {
            return T::absent().ok_or_else(refused(RoutingErrorKind::MissingArgument));
        };
        value.ok_or_else(refused(RoutingErrorKind::BadArgument))
    }

    /// The text of that name without a copy where the path was not percent-encoded, living as long as the path.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<Cow<'p, str>> {
        let i = self.number_of(name)?;
        let (start, end) = self.spans.get(i)?;
        match self.spans.text() {
            None if start & IN_HOST == 0 => {
                let text = self.path.get(start as usize..end as usize);
                text.map(Cow::Borrowed)
            }
            _ => self.text(i).map(|text| Cow::Owned(text.to_owned())),
        }
    }

    /// The variables' values as a tuple, in the rule's order, the host's before the path's; of up to eight.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get); a tuple longer than the rule has variables is a [`MissingArgument`](RoutingErrorKind::MissingArgument).
    #[inline]
    pub fn to<'a, T: FromArgs<'a>>(&'a self) -> Result<T, RoutingError> {
        T::from_args(self)
    }

    /// The variable's value with that number, converted.
    #[inline]
    pub(crate) fn at<'a, T: FromArg<'a>>(&'a self, i: usize) -> Result<T, RoutingError> {
        let var = self.info.vars.get(i).ok_or_else(|| no_variable(i))?;
        let value = match self.default(&var.name) {
            Some(value) => T::from_arg(Arg::Default(value)),
            None => {
                let (source, start, end) = self.place(i).ok_or_else(|| no_variable(i))?;
                T::from_part(source, start, end)
            }
        };
        value.ok_or_else(|| RoutingError::new(RoutingErrorKind::BadArgument, &var.name))
    }

    /// All names and values: numbers and UUIDs as such, the variables first, then the defaults that are no variables.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let of_var = |(i, var): (usize, &'_ Var)| {
            self.text(i)
                .map(|text| (i, var.kind.value(Cow::Borrowed(text))))
        };
        let variables = self
            .info
            .vars
            .iter()
            .enumerate()
            .filter_map(move |(i, var)| {
                let value = match self.default(&var.name) {
                    Some(value) => value.clone(),
                    None => of_var((i, var))?.1,
                };
                Some((&*var.name, value))
            });
        let others = self
            .info
            .defaults
            .iter()
            .filter(|(name, _)| !self.info.vars.iter().any(|var| var.name == *name));
        variables.chain(others.map(|(name, value)| (&**name, value.clone())))
    }
}

#[cold]
fn no_variable(i: usize) -> RoutingError {
    RoutingError::new(RoutingErrorKind::MissingArgument, &format!("number {i}"))
}

/// A type that one argument can become.
///
/// Numbers, `bool`, `char`, `&str`, `String`, `Cow<str>`, [`Arg`] itself, and `Option` of them for names that a rule may lack. A UUID becomes
/// a `[u8; 16]`.
pub trait FromArg<'a>: Sized {
    /// The value, or nothing where the argument does not fit.
    fn from_arg(arg: Arg<'a>) -> Option<Self>;

    /// The value of what stands between two bytes of a text. Numbers read eight bytes at once, which begin before the value.
    #[doc(hidden)]
    #[inline]
    fn from_part(text: &'a str, start: usize, end: usize) -> Option<Self> {
        Self::from_arg(Arg::Text(text.get(start..end)?))
    }

    /// The value for a name that the rule does not have.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
}

impl<'a> FromArg<'a> for Arg<'a> {
    fn from_arg(arg: Arg<'a>) -> Option<Self> {
        Some(arg)
    }
}

macro_rules! from_int {
    ($($t:ty)*) => {$(
        impl<'a> FromArg<'a> for $t {
            #[inline]
            fn from_arg(arg: Arg<'a>) -> Option<Self> {
                match arg {
                    Arg::Text(text) => text.parse().ok(),
                    Arg::Default(Value::Text(text)) => text.parse().ok(),
                    Arg::Default(Value::Int(i)) => Self::try_from(*i).ok(),
                    Arg::Default(_) => None,
                }
            }

            #[inline]
            fn from_part(text: &'a str, start: usize, end: usize) -> Option<Self> {
                match short_number_in(text.as_bytes(), start, end) {
                    Some(number) => Self::try_from(number).ok(),
                    None => Self::from_arg(Arg::Text(text.get(start..end)?)),
                }
            }
        }
    )*};
}
from_int!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl<'a> FromArg<'a> for f64 {
    fn from_arg(arg: Arg<'a>) -> Option<Self> {
        match arg {
            Arg::Text(text) => text.parse().ok(),
            Arg::Default(value) => value.number(),
        }
    }
}

impl<'a> FromArg<'a> for f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the nearest value is what is asked for"
    )]
    fn from_arg(arg: Arg<'a>) -> Option<Self> {
        f64::from_arg(arg).map(|f| f as Self)
    }
}

impl<'a> FromArg<'a> for bool {
    fn from_arg(arg: Arg<'a>) -> Option<Self> {
        match arg {
            Arg::Text(text) => text.parse().ok(),
            Arg::Default(Value::Bool(b)) => Some(*b),
            Arg::Default(_) => None,
        }
    }
}

impl<'a> FromArg<'a> for char {
    fn from_arg(arg: Arg<'a>) -> Option<Self> {
        <&str>::from_arg(arg)?.parse().ok()
    }
}

impl<'a> FromArg<'a> for &'a str {
    fn from_arg(arg: Arg<'a>) -> Option<Self> {
        match arg {
            Arg::Text(text) => Some(text),
            Arg::Default(Value::Text(text)) => Some(text),
            Arg::Default(_) => None,
        }
    }
}

impl<'a> FromArg<'a> for Cow<'a, str> {
    fn from_arg(arg: Arg<'a>) -> Option<Self> {
        match arg {
            Arg::Text(text) => Some(Cow::Borrowed(text)),
            Arg::Default(Value::Text(text)) => Some(Cow::Borrowed(text)),
            Arg::Default(Value::Null) => None,
            Arg::Default(other) => Some(Cow::Owned(other.to_string())),
        }
    }
}

impl<'a> FromArg<'a> for String {
    fn from_arg(arg: Arg<'a>) -> Option<Self> {
        Cow::from_arg(arg).map(Cow::into_owned)
    }
}

impl<'a> FromArg<'a> for [u8; 16] {
    fn from_arg(arg: Arg<'a>) -> Option<Self> {
        match arg {
            Arg::Text(text) => parse_uuid(text).map(u128::to_be_bytes),
            Arg::Default(Value::Uuid(u)) => Some(u.to_be_bytes()),
            Arg::Default(_) => None,
        }
    }
}

impl<'a, T: FromArg<'a>> FromArg<'a> for Option<T> {
    fn from_arg(arg: Arg<'a>) -> Option<Self> {
        match arg {
            Arg::Default(Value::Null) => Some(None),
            other => T::from_arg(other).map(Some),
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

/// A type that a match's variables together can become: a tuple of up to eight [`FromArg`]s.
pub trait FromArgs<'a>: Sized {
    /// The value.
    ///
    /// # Errors
    ///
    /// As [`Args::to`].
    fn from_args(args: &'a Args<'_, '_>) -> Result<Self, RoutingError>;
}

macro_rules! from_args {
    ($($t:ident $i:tt)*) => {
        impl<'a, $($t: FromArg<'a>),*> FromArgs<'a> for ($($t,)*) {
            #[inline]
            fn from_args(args: &'a Args<'_, '_>) -> Result<Self, RoutingError> {
                Ok(($(args.at::<$t>($i)?,)*))
            }
        }
    };
}
from_args!(A 0);
from_args!(A 0 B 1);
from_args!(A 0 B 1 C 2);
from_args!(A 0 B 1 C 2 D 3);
from_args!(A 0 B 1 C 2 D 3 E 4);
from_args!(A 0 B 1 C 2 D 3 E 4 F 5);
from_args!(A 0 B 1 C 2 D 3 E 4 F 5 G 6);
from_args!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
