//! Owns who is told when an error becomes a 500: a debugger, which needs the frames while they are alive. It decides nothing about the error.

use std::any;
use std::error::Error;
use std::panic::Location;
use std::sync::OnceLock;

static TOLD: OnceLock<fn(&Conversion<'_>)> = OnceLock::new();

/// An error that `?` is making an [`HttpError`](crate::HttpError) of status 500 of; what [`on_conversion`] tells.
#[derive(Clone, Copy, Debug)]
pub struct Conversion<'a> {
    error: &'a (dyn Error + 'static),
    type_name: &'static str,
    location: &'static Location<'static>,
}

impl<'a> Conversion<'a> {
    /// The error.
    #[must_use]
    pub fn error(&self) -> &'a (dyn Error + 'static) {
        self.error
    }

    /// The name of the error's type, as the compiler writes it: `core::num::error::ParseIntError`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The line of the `?`.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }
}

/// Has `told` called whenever an error becomes a 500, on the thread and in the call of the conversion; `false` where another was set before, which stays.
///
/// It is for debuggers and loggers that need the place and not only the answer. An error that is the client's fault (of the body, the form, the arguments) is not
/// told. Without one that is set a conversion costs one load more.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use zeug_messages::HttpError;
///
/// static LINE: AtomicU32 = AtomicU32::new(0);
/// assert!(zeug_messages::on_conversion(|conversion| {
///     LINE.store(conversion.location().line(), Ordering::Relaxed);
/// }));
/// let line = line!() + 1;
/// let error = HttpError::from(std::io::Error::other("the disk is full"));
/// assert_eq!((error.status().as_u16(), LINE.load(Ordering::Relaxed)), (500, line));
///
/// assert!(!zeug_messages::on_conversion(|_| {}), "there is one already");
/// ```
pub fn on_conversion(told: fn(&Conversion<'_>)) -> bool {
    TOLD.set(told).is_ok()
}

/// Tells whoever wants to know.
pub(super) fn tell<E: Error + 'static>(error: &E, location: &'static Location<'static>) {
    if let Some(told) = TOLD.get() {
        told(&Conversion {
            error,
            type_name: any::type_name::<E>(),
            location,
        });
    }
}
