//! Fields whose value is one word of a fixed list, written once: Fetch Metadata and the cross-origin policies.

/// Defines an enum over words; the docs come from the caller.
macro_rules! word_field {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Returns the value that the field names: one word, as it is written, with blanks around it at most.
            ///
            /// # Errors
            ///
            /// `UnknownWord` for any other word.
            pub fn parse(text: &str) -> Result<Self, $crate::FieldError> {
                match $crate::text::trim(text) {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::FieldError::new($crate::FieldErrorKind::UnknownWord, 0)),
                }
            }

            /// Returns the word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<$name> for http::HeaderValue {
            fn from(value: $name) -> Self {
                Self::from_static(value.as_str())
            }
        }

        $crate::macros::owned_field!($name);
    };
}

pub(crate) use word_field;
