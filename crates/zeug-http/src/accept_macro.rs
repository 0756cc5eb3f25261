//! What the four Accept fields have in common, written once. The rules by which they differ stand in their own files.

/// Defines an Accept field over a [`Rule`](crate::weighted::Rule): the struct's docs come from the caller.
macro_rules! accept_field {
    ($(#[$doc:meta])* $name:ident, $rule:ty, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Default)]
        pub struct $name<'a> {
            text: std::borrow::Cow<'a, str>,
        }

        impl<'a> $name<'a> {
            /// Returns the field over that text, which is read when it is asked something and not before.
            ///
            /// An item whose quality is no number from 0 to 1 is left out whenever the field is read.
            #[must_use]
            pub const fn parse(text: &'a str) -> Self {
                Self {
                    text: std::borrow::Cow::Borrowed(text),
                }
            }

            /// Returns whether there was a field at all: an absent or empty one says nothing about preferences.
            #[doc(alias = "provided")]
            #[must_use]
            pub fn is_provided(&self) -> bool {
                !self.text.is_empty()
            }

            #[doc = concat!("Returns the ", $what, " with their qualities (0.0 to 1.0), the most specific first, then by falling quality, then as they stand.")]
            #[must_use]
            pub fn items(&self) -> Vec<(std::borrow::Cow<'_, str>, f64)> {
                $crate::weighted::sorted_values::<$rule>(&self.text)
            }

            /// Returns the first of [`items`](Self::items): what the peer named most specifically and likes best of that.
            #[must_use]
            pub fn best(&self) -> Option<std::borrow::Cow<'_, str>> {
                self.items().into_iter().next().map(|(value, _)| value)
            }

            /// Returns the quality (0.0 to 1.0) that the most specific fitting item gives the offer; 0.0 where none fits.
            #[must_use]
            pub fn quality(&self, offer: &str) -> f64 {
                $crate::weighted::quality_of::<$rule>(&self.text, offer).unwrap_or(0.0)
            }

            /// Returns whether an item fits the offer, even one of quality 0.
            #[must_use]
            pub fn contains(&self, offer: &str) -> bool {
                $crate::weighted::quality_of::<$rule>(&self.text, offer).is_some()
            }

            /// Returns the place in [`items`](Self::items) of the first item that fits the offer.
            #[doc(alias = "find")]
            #[doc(alias = "index")]
            #[must_use]
            pub fn position(&self, offer: &str) -> Option<usize> {
                use $crate::weighted::Rule;
                let known = <$rule>::offer(offer);
                $crate::weighted::sorted::<$rule>(&self.text)
                    .iter()
                    .position(|(item, _)| <$rule>::covers(item, offer, known))
            }

            /// Adds an item at the end of the field; a quality is kept between 0 and 1.
            pub fn push(&mut self, value: &str, quality: f64) {
                let quality = if quality.is_nan() { 0.0 } else { quality.clamp(0.0, 1.0) };
                let text = self.text.to_mut();
                if !text.is_empty() {
                    text.push(',');
                }
                $crate::weighted::push_item(text, value, quality);
            }

            /// Removes the items that are spelled like `value`, without regard to ASCII case.
            pub fn remove(&mut self, value: &str) {
                let mut kept = Self::default();
                for item in $crate::weighted::items(&self.text) {
                    let spelled = item.value();
                    if !spelled.eq_ignore_ascii_case(value) {
                        kept.push(&spelled, item.quality);
                    }
                }
                *self = kept;
            }

            /// Returns the same field with nothing borrowed.
            #[must_use]
            pub fn into_owned(self) -> $name<'static> {
                $name {
                    text: std::borrow::Cow::Owned(self.text.into_owned()),
                }
            }
        }

        impl std::fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut out = String::new();
                for (at, (value, quality)) in self.items().into_iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    $crate::weighted::push_item(&mut out, &value, quality);
                }
                f.write_str(&out)
            }
        }

        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_list().entries(self.items()).finish()
            }
        }

        impl PartialEq for $name<'_> {
            /// Two fields are equal if their [`items`](Self::items) are.
            fn eq(&self, other: &Self) -> bool {
                self.items() == other.items()
            }
        }

        impl<S: AsRef<str>> FromIterator<(S, f64)> for $name<'static> {
            fn from_iter<I: IntoIterator<Item = (S, f64)>>(items: I) -> Self {
                let mut field = Self::default();
                for (value, quality) in items {
                    field.push(value.as_ref(), quality);
                }
                field
            }
        }

        $crate::macros::borrowed_field!($name);
        $crate::macros::into_header_value!($name<'_>);
    };
}

pub(crate) use accept_field;
