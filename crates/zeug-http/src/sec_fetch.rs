//! Fetch Metadata request fields (`Sec-Fetch-*`): where a request comes from and what for. Decides nothing.

use std::fmt;

use crate::error::{FieldError, FieldErrorKind};
use crate::macros::owned_field;
use crate::word::word_field;

word_field! {
    /// How the site that caused a request stands to the one asked
    /// ([Fetch Metadata section 2.4](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)).
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_http::SecFetchSite;
    ///
    /// assert_eq!(SecFetchSite::parse("cross-site")?, SecFetchSite::CrossSite);
    /// assert!(SecFetchSite::parse("elsewhere").is_err());
    /// # Ok::<(), zeug_http::FieldError>(())
    /// ```
    SecFetchSite {
        /// Another site.
        CrossSite = "cross-site",
        /// The same scheme, host and port.
        SameOrigin = "same-origin",
        /// Another origin of the same site.
        SameSite = "same-site",
        /// The user: the address bar, a bookmark.
        None = "none",
    }
}

word_field! {
    /// In which mode a request was made
    /// ([Fetch Metadata section 2.2](https://www.w3.org/TR/fetch-metadata/#sec-fetch-mode-header)).
    SecFetchMode {
        /// A cross-origin request that wants CORS fields.
        Cors = "cors",
        /// A navigation between documents.
        Navigate = "navigate",
        /// A request whose answer scripts cannot read.
        NoCors = "no-cors",
        /// A request that must stay within the origin.
        SameOrigin = "same-origin",
        /// The opening of a WebSocket.
        Websocket = "websocket",
    }
}

word_field! {
    /// What the answer to a request is for
    /// ([Fetch Metadata section 2.1](https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header)).
    SecFetchDest {
        /// An `audio` element.
        Audio = "audio",
        /// An audio worklet.
        AudioWorklet = "audioworklet",
        /// A document at the top.
        Document = "document",
        /// An `embed` element.
        Embed = "embed",
        /// Nothing of its own, as for `fetch()`.
        Empty = "empty",
        /// A `fencedframe` element.
        FencedFrame = "fencedframe",
        /// A font.
        Font = "font",
        /// A `frame` element.
        Frame = "frame",
        /// An `iframe` element.
        Iframe = "iframe",
        /// An image.
        Image = "image",
        /// A JSON module.
        Json = "json",
        /// A web app manifest.
        Manifest = "manifest",
        /// An `object` element.
        Object = "object",
        /// A paint worklet.
        PaintWorklet = "paintworklet",
        /// A report to the server.
        Report = "report",
        /// A script.
        Script = "script",
        /// A service worker.
        ServiceWorker = "serviceworker",
        /// A shared worker.
        SharedWorker = "sharedworker",
        /// A style sheet.
        Style = "style",
        /// A text track of a video.
        Track = "track",
        /// A `video` element.
        Video = "video",
        /// A federated log-in.
        WebIdentity = "webidentity",
        /// A worker.
        Worker = "worker",
        /// An XSLT transformation.
        Xslt = "xslt",
    }
}

/// Whether the user caused a navigation: `?1` or `?0`
/// ([Fetch Metadata section 2.3](https://www.w3.org/TR/fetch-metadata/#sec-fetch-user-header)).
///
/// # Example
///
/// ```
/// use zeug_http::SecFetchUser;
///
/// assert!(SecFetchUser::parse("?1")?.is_activated());
/// assert!(SecFetchUser::parse("yes").is_err());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecFetchUser(bool);

impl SecFetchUser {
    /// The user caused the navigation.
    pub const ACTIVATED: Self = Self(true);

    /// Returns the value of the field.
    ///
    /// # Errors
    ///
    /// `UnknownWord` for anything but `?1` and `?0`.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        match crate::text::trim(text) {
            "?1" => Ok(Self(true)),
            "?0" => Ok(Self(false)),
            _ => Err(FieldError::new(FieldErrorKind::UnknownWord, 0)),
        }
    }

    /// Returns whether the user caused the navigation.
    #[must_use]
    pub const fn is_activated(self) -> bool {
        self.0
    }
}

impl fmt::Display for SecFetchUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "?1" } else { "?0" })
    }
}

impl From<SecFetchUser> for http::HeaderValue {
    fn from(value: SecFetchUser) -> Self {
        Self::from_static(if value.0 { "?1" } else { "?0" })
    }
}

owned_field!(SecFetchUser);
