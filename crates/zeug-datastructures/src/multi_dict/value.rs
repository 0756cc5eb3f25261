//! What a `MultiDict` can hold: text as a span of the map's own buffer, anything else as it is. Other crates cannot add to it.

use std::borrow::Cow;

/// A piece of a text, as two offsets of 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The piece from byte `start` to before byte `end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The first byte's offset.
    pub const fn start(self) -> usize {
        self.start as usize
    }

    /// The offset behind the last byte.
    pub const fn end(self) -> usize {
        self.end as usize
    }

    pub(super) fn len(self) -> usize {
        self.end().saturating_sub(self.start())
    }

    #[inline]
    pub(super) fn get(self, text: &str) -> Option<&str> {
        text.get(self.start()..self.end())
    }

    /// Writes `piece` behind `text`. The caller looks whether the text still fits 32 bits.
    pub(super) fn write(piece: &str, text: &mut String) -> Self {
        let start = text.len();
        text.push_str(piece);
        Self {
            start: start as u32,
            end: text.len() as u32,
        }
    }

    pub(super) fn carry(self, from: &str, to: &mut String) -> Self {
        Self::write(self.get(from).unwrap_or_default(), to)
    }
}

/// A type that a [`MultiDict`](crate::MultiDict) can map to: `str`, and every sized type. The trait is sealed.
pub trait DictValue: sealed::Stored {}

/// What can be given where a map wants a value: `&str`, `String` and `Cow<str>` for text, `T` itself for a map to `T`. The trait is sealed.
pub trait IntoDictValue<V: DictValue + ?Sized>: sealed::Store<V> {}

pub(crate) mod sealed {
    use super::{Cow, Span};

    /// How a value lies in a map.
    pub trait Stored {
        /// What stands in the list of pairs.
        type Slot;
        /// What comes out when a pair is removed.
        type Owned;
        fn view<'a>(slot: &'a Self::Slot, text: &'a str) -> &'a Self;
        fn take(slot: Self::Slot, text: &str) -> Self::Owned;
        fn carry(slot: &mut Self::Slot, from: &str, to: &mut String);
        fn size(slot: &Self::Slot) -> usize;
    }

    impl Stored for str {
        type Slot = Span;
        type Owned = String;

        #[inline]
        fn view<'a>(slot: &'a Span, text: &'a str) -> &'a str {
            slot.get(text).unwrap_or_default()
        }
        fn take(slot: Span, text: &str) -> String {
            slot.get(text).unwrap_or_default().to_owned()
        }
        fn carry(slot: &mut Span, from: &str, to: &mut String) {
            *slot = slot.carry(from, to);
        }
        fn size(slot: &Span) -> usize {
            slot.len()
        }
    }

    impl<T> Stored for T {
        type Slot = T;
        type Owned = T;

        #[inline]
        fn view<'a>(slot: &'a T, _: &'a str) -> &'a T {
            slot
        }
        fn take(slot: T, _: &str) -> T {
            slot
        }
        fn carry(_: &mut T, _: &str, _: &mut String) {}
        fn size(_: &T) -> usize {
            0
        }
    }

    /// Puts a value into a map.
    pub trait Store<V: Stored + ?Sized> {
        fn into_slot(self, text: &mut String) -> V::Slot;
    }

    impl Store<str> for &str {
        fn into_slot(self, text: &mut String) -> Span {
            Span::write(self, text)
        }
    }

    impl Store<str> for String {
        fn into_slot(self, text: &mut String) -> Span {
            Span::write(&self, text)
        }
    }

    impl Store<str> for &String {
        fn into_slot(self, text: &mut String) -> Span {
            Span::write(self, text)
        }
    }

    impl Store<str> for Cow<'_, str> {
        fn into_slot(self, text: &mut String) -> Span {
            Span::write(&self, text)
        }
    }

    impl<T> Store<T> for T {
        fn into_slot(self, _: &mut String) -> T {
            self
        }
    }
}

impl<V: sealed::Stored + ?Sized> DictValue for V {}
impl<V: DictValue + ?Sized, I: sealed::Store<V>> IntoDictValue<V> for I {}
