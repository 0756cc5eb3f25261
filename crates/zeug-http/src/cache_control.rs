//! `Cache-Control` (RFC 9111 section 5.2, RFC 8246, RFC 5861): the directives of requests and of responses. Decides nothing about freshness.

use std::borrow::Cow;
use std::fmt;

use crate::dict::FieldDict;
use crate::macros::{borrowed_field, into_header_value};
use crate::text::{digits, trim};

/// The value of a directive that may stand alone or with an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a directive stands alone or has an argument"
)]
pub enum Directive<T> {
    /// The directive stands alone: `private`, `max-stale`.
    Bare,
    /// The directive has an argument: `private="set-cookie"`, `max-stale=60`.
    Value(T),
}

/// A count of seconds: digits, perhaps behind a minus sign, saturating; anything else is none.
fn seconds(text: &str) -> Option<i64> {
    let text = trim(text);
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text),
    };
    digits(text).map(|number| sign * i64::try_from(number).unwrap_or(i64::MAX))
}

macro_rules! flags {
    ($($get:ident, $set:ident, $name:literal, $doc:literal;)*) => {$(
        #[doc = concat!("Returns whether `", $name, "` is there: ", $doc)]
        #[must_use]
        pub fn $get(&self) -> bool {
            self.directives.contains($name)
        }

        #[doc = concat!("Adds `", $name, "`, or has it stand alone. [`remove`](Self::remove) takes it away.")]
        pub fn $set(&mut self) {
            self.directives.insert($name, None);
        }
    )*};
}

macro_rules! counts {
    ($($get:ident, $set:ident, $name:literal, $doc:literal;)*) => {$(
        #[doc = concat!("Returns the seconds of `", $name, "`: ", $doc, " `None` where it is absent or no number; a negative one, which no sender may send, means stale.")]
        #[must_use]
        pub fn $get(&self) -> Option<i64> {
            seconds(self.directives.get($name)??)
        }

        #[doc = concat!("Sets `", $name, "` to that many seconds.")]
        pub fn $set(&mut self, seconds: u64) {
            self.directives.insert($name, Some(seconds.to_string().into()));
        }
    )*};
}

macro_rules! view {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq)]
        pub struct $name<'a> {
            directives: FieldDict<'a>,
        }

        impl<'a> $name<'a> {
            /// Returns the directives of the field; none where a quote is never closed.
            #[must_use]
            pub fn parse(text: &'a str) -> Self {
                Self {
                    directives: FieldDict::parse(text),
                }
            }

            /// Returns a directive by name: `None` where it is absent, `Some(None)` where it stands alone.
            #[must_use]
            pub fn get(&self, directive: &str) -> Option<Option<&str>> {
                self.directives.get(directive)
            }

            /// Sets a directive, which may be an extension, to an argument or to none.
            pub fn insert(&mut self, directive: impl Into<Cow<'a, str>>, argument: Option<Cow<'a, str>>) {
                self.directives.insert(directive, argument);
            }

            /// Removes a directive and returns whether it was there.
            pub fn remove(&mut self, directive: &str) -> bool {
                self.directives.remove(directive)
            }

            /// Returns whether there are no directives: then no field is to be sent.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.directives.is_empty()
            }

            /// Returns the directives with their arguments, in order.
            pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
                self.directives.iter()
            }

            /// Returns the same directives with nothing borrowed.
            #[must_use]
            pub fn into_owned(self) -> $name<'static> {
                $name {
                    directives: self.directives.into_owned(),
                }
            }

            flags! {
                no_store, set_no_store, "no-store", "nothing of the exchange may be stored.";
                no_transform, set_no_transform, "no-transform", "nobody on the way may change the body.";
            }

            counts! {
                max_age, set_max_age, "max-age", "the age beyond which an answer is not fresh.";
                stale_if_error, set_stale_if_error, "stale-if-error", "how stale an answer may be when the origin fails ([RFC 5861](https://www.rfc-editor.org/rfc/rfc5861#section-4)).";
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.directives.fmt(f)
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.directives.fmt(f)
            }
        }

        borrowed_field!($name);
        into_header_value!($name<'_>);
    };
}

view! {
    /// What a request asks of caches: `no-cache`, `max-stale=60`
    /// ([RFC 9111 section 5.2.1](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1)).
    ///
    /// A directive given twice counts with its last argument.
    ///
    /// # Deviations
    ///
    /// Names are compared as they are written, as Werkzeug does: `No-Store` is no `no-store`, where
    /// [RFC 9111 section 5.2](https://www.rfc-editor.org/rfc/rfc9111#section-5.2) compares without case. Who decides by a field of somebody else's parses its text in
    /// lower case (`str::to_ascii_lowercase`), which only changes names of fields in arguments, whose case means nothing either.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_http::{Directive, RequestCacheControl};
    ///
    /// let field = RequestCacheControl::parse("max-stale, min-fresh=5, max-age=soon");
    /// assert_eq!(field.max_stale(), Some(Directive::Bare));
    /// assert_eq!(field.min_fresh(), Some(5));
    /// // What is no number is no age.
    /// assert_eq!(field.max_age(), None);
    ///
    /// let sent = "No-Store";
    /// assert!(!RequestCacheControl::parse(sent).no_store());
    /// assert!(RequestCacheControl::parse(&sent.to_ascii_lowercase()).no_store());
    /// ```
    #[doc(alias = "parse_cache_control_header")]
    RequestCacheControl
}

impl RequestCacheControl<'_> {
    flags! {
        no_cache, set_no_cache, "no-cache", "a stored answer must be validated first.";
        only_if_cached, set_only_if_cached, "only-if-cached", "only a stored answer is wanted, else 504.";
        immutable, set_immutable, "immutable", "the answer does not change while fresh ([RFC 8246](https://www.rfc-editor.org/rfc/rfc8246)).";
    }

    counts! {
        min_fresh, set_min_fresh, "min-fresh", "for how long the answer must stay fresh.";
    }

    /// Returns how stale an answer may be: any staleness where `max-stale` stands alone, else that many seconds.
    #[must_use]
    pub fn max_stale(&self) -> Option<Directive<i64>> {
        match self.get("max-stale")? {
            None => Some(Directive::Bare),
            Some(text) => seconds(text).map(Directive::Value),
        }
    }

    /// Sets `max-stale`, alone or to that many seconds.
    pub fn set_max_stale(&mut self, seconds: Directive<u64>) {
        let argument = match seconds {
            Directive::Bare => None,
            Directive::Value(seconds) => Some(seconds.to_string().into()),
        };
        self.insert("max-stale", argument);
    }
}

view! {
    /// What an answer tells caches: `public, max-age=3600`
    /// ([RFC 9111 section 5.2.2](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2)).
    ///
    /// A directive given twice counts with its last argument.
    ///
    /// # Deviations
    ///
    /// Names are compared as they are written, as Werkzeug does: `No-Store` is no `no-store`, where
    /// [RFC 9111 section 5.2](https://www.rfc-editor.org/rfc/rfc9111#section-5.2) compares without case. Who decides by a field of somebody else's parses its text in
    /// lower case (`str::to_ascii_lowercase`), which only changes names of fields in arguments, whose case means nothing either.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_http::{Directive, ResponseCacheControl};
    ///
    /// let mut field = ResponseCacheControl::parse("private=\"set-cookie\", max-age=soon");
    /// assert_eq!(field.private(), Some(Directive::Value("set-cookie")));
    /// // What is no number is no age.
    /// assert_eq!(field.max_age(), None);
    /// field.set_max_age(60);
    /// field.remove("private");
    /// assert_eq!(field.to_string(), "max-age=60");
    /// ```
    #[doc(alias = "parse_cache_control_header")]
    ResponseCacheControl
}

impl<'a> ResponseCacheControl<'a> {
    flags! {
        public, set_public, "public", "any cache may store it, also where it could not otherwise.";
        must_revalidate, set_must_revalidate, "must-revalidate", "it must not be used stale.";
        proxy_revalidate, set_proxy_revalidate, "proxy-revalidate", "shared caches must not use it stale.";
        immutable, set_immutable, "immutable", "it does not change while fresh ([RFC 8246](https://www.rfc-editor.org/rfc/rfc8246)).";
        must_understand, set_must_understand, "must-understand", "only caches that know the status code may store it.";
    }

    counts! {
        s_maxage, set_s_maxage, "s-maxage", "`max-age` for shared caches.";
        stale_while_revalidate, set_stale_while_revalidate, "stale-while-revalidate", "how stale it may be used while it is fetched anew ([RFC 5861](https://www.rfc-editor.org/rfc/rfc5861#section-3)).";
    }

    /// Returns `no-cache`: alone it says to validate before each use, with field names it says so of these fields only.
    #[must_use]
    pub fn no_cache(&self) -> Option<Directive<&str>> {
        self.get("no-cache").map(directive)
    }

    /// Sets `no-cache`, alone or for those field names.
    pub fn set_no_cache(&mut self, fields: Directive<Cow<'a, str>>) {
        self.insert("no-cache", argument(fields));
    }

    /// Returns `private`: alone it keeps the answer from shared caches, with field names only these fields.
    #[must_use]
    pub fn private(&self) -> Option<Directive<&str>> {
        self.get("private").map(directive)
    }

    /// Sets `private`, alone or for those field names.
    pub fn set_private(&mut self, fields: Directive<Cow<'a, str>>) {
        self.insert("private", argument(fields));
    }
}

fn directive(value: Option<&str>) -> Directive<&str> {
    value.map_or(Directive::Bare, Directive::Value)
}

fn argument<'a>(fields: Directive<Cow<'a, str>>) -> Option<Cow<'a, str>> {
    match fields {
        Directive::Bare => None,
        Directive::Value(fields) => Some(fields),
    }
}
