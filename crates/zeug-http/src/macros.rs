//! The conversions that every field type has, written once: from text, from bytes, into `HeaderValue`.

/// For a type with a lifetime whose `parse` accepts any text: bytes, `From<&str>`, `FromStr`, `From<&HeaderValue>`.
macro_rules! borrowed_field {
    ($name:ident) => {
        impl<'a> $name<'a> {
            /// Returns what [`parse`](Self::parse) returns for the text of these bytes.
            ///
            /// Bytes that are UTF-8 are borrowed; any others are read as ISO-8859-1, which copies them.
            #[must_use]
            pub fn parse_bytes(bytes: &'a [u8]) -> Self {
                match $crate::text::decode(bytes) {
                    std::borrow::Cow::Borrowed(text) => Self::parse(text),
                    std::borrow::Cow::Owned(text) => $name::parse(&text).into_owned(),
                }
            }
        }

        impl<'a> From<&'a str> for $name<'a> {
            fn from(text: &'a str) -> Self {
                Self::parse(text)
            }
        }

        impl<'a> From<&'a http::HeaderValue> for $name<'a> {
            fn from(value: &'a http::HeaderValue) -> Self {
                Self::parse_bytes(value.as_bytes())
            }
        }

        impl std::str::FromStr for $name<'static> {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok($name::parse(text).into_owned())
            }
        }
    };
}

/// For a type with a lifetime whose `parse` can refuse: bytes, `TryFrom<&str>`, `FromStr`, `TryFrom<&HeaderValue>`.
macro_rules! borrowed_field_fallible {
    ($name:ident) => {
        impl<'a> $name<'a> {
            /// Returns what [`parse`](Self::parse) returns for the text of these bytes.
            ///
            /// Bytes that are UTF-8 are borrowed; any others are read as ISO-8859-1, which copies them.
            ///
            /// # Errors
            ///
            /// As [`parse`](Self::parse); the offset counts in the decoded text.
            pub fn parse_bytes(bytes: &'a [u8]) -> Result<Self, $crate::FieldError> {
                match $crate::text::decode(bytes) {
                    std::borrow::Cow::Borrowed(text) => Self::parse(text),
                    std::borrow::Cow::Owned(text) => $name::parse(&text).map($name::into_owned),
                }
            }
        }

        impl<'a> TryFrom<&'a str> for $name<'a> {
            type Error = $crate::FieldError;

            fn try_from(text: &'a str) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl<'a> TryFrom<&'a http::HeaderValue> for $name<'a> {
            type Error = $crate::FieldError;

            fn try_from(value: &'a http::HeaderValue) -> Result<Self, Self::Error> {
                Self::parse_bytes(value.as_bytes())
            }
        }

        impl std::str::FromStr for $name<'static> {
            type Err = $crate::FieldError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $name::parse(text).map($name::into_owned)
            }
        }
    };
}

/// For a type that borrows nothing and whose `parse` can refuse.
macro_rules! owned_field {
    ($name:ident) => {
        impl $name {
            /// Returns what [`parse`](Self::parse) returns for the text of these bytes.
            ///
            /// # Errors
            ///
            /// As [`parse`](Self::parse); bytes that are not UTF-8 are read as ISO-8859-1 first.
            pub fn parse_bytes(bytes: &[u8]) -> Result<Self, $crate::FieldError> {
                Self::parse(&$crate::text::decode(bytes))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::FieldError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl TryFrom<&http::HeaderValue> for $name {
            type Error = $crate::FieldError;

            fn try_from(value: &http::HeaderValue) -> Result<Self, Self::Error> {
                Self::parse_bytes(value.as_bytes())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::FieldError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
    };
}

/// Into `HeaderValue` where the text may hold control characters, which are refused.
macro_rules! into_header_value {
    ($name:ty) => {
        impl TryFrom<$name> for http::HeaderValue {
            type Error = $crate::FieldError;

            fn try_from(value: $name) -> Result<Self, Self::Error> {
                $crate::value::header_value(value.to_string())
            }
        }

        impl TryFrom<&$name> for http::HeaderValue {
            type Error = $crate::FieldError;

            fn try_from(value: &$name) -> Result<Self, Self::Error> {
                $crate::value::header_value(value.to_string())
            }
        }
    };
}

/// Into `HeaderValue` where the text is visible ASCII whatever the value.
macro_rules! into_header_value_always {
    ($name:ty) => {
        impl From<$name> for http::HeaderValue {
            fn from(value: $name) -> Self {
                $crate::value::ascii_value(value.to_string())
            }
        }

        impl From<&$name> for http::HeaderValue {
            fn from(value: &$name) -> Self {
                $crate::value::ascii_value(value.to_string())
            }
        }
    };
}

pub(crate) use {
    borrowed_field, borrowed_field_fallible, into_header_value, into_header_value_always,
    owned_field,
};
