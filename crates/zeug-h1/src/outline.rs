//! The head of a request read in one pass, into places that the caller has: for servers, which read many. It refuses nothing itself: a head that is cut, unusual
//! or wrong is left to the other way, so that an error is found in one place only.

use std::ops::Range;

use http::{Method, Uri, Version};
use zeug_datastructures::Headers;

use crate::framing::{BodyLength, Expectation, Framing};
use crate::limits::Limits;
use crate::request::RequestHead;
use crate::response::{Exchange, Persistence};
use crate::start_line::MOST_METHOD_BYTES;
use crate::syntax::is_target;
use crate::target::{Target, TargetForm};

/// Where [`HeadDecoder::decode_into`](crate::HeadDecoder::decode_into) writes what a head holds.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a head has these four parts, and the caller names a place for each"
)]
pub struct HeadPlaces<'a> {
    /// For the method.
    pub method: &'a mut Method,
    /// For the target.
    pub uri: &'a mut Uri,
    /// For the version: `HTTP/1.0` or `HTTP/1.1`.
    pub version: &'a mut Version,
    /// For the fields: their memory is used again.
    pub headers: &'a mut Headers,
}

/// What a head says beside its four parts.
#[derive(Clone, Copy, Debug)]
pub struct HeadOutline {
    pub(crate) consumed: usize,
    /// Where method and target stand.
    pub(crate) start: usize,
    pub(crate) target_start: usize,
    pub(crate) target_end: usize,
    pub(crate) form: TargetForm,
    pub(crate) body: BodyLength,
    pub(crate) expectation: Expectation,
    pub(crate) exchange: Exchange,
    pub(crate) keeps_alive: bool,
    pub(crate) upgrade: bool,
}

impl HeadOutline {
    /// How many bytes the head has.
    #[must_use]
    pub const fn consumed(&self) -> usize {
        self.consumed
    }

    /// Where in the input the target stands, as it was sent.
    #[must_use]
    pub const fn target(&self) -> Range<usize> {
        self.target_start..self.target_end
    }

    /// Where in the input method and target stand, with the space between them.
    #[must_use]
    pub const fn method_and_target(&self) -> Range<usize> {
        self.start..self.target_end
    }

    /// The target's form.
    #[must_use]
    pub const fn form(&self) -> TargetForm {
        self.form
    }

    /// How the end of the body is known.
    #[must_use]
    pub const fn body(&self) -> BodyLength {
        self.body
    }

    /// What the client wants to be told before it sends the body.
    #[must_use]
    pub const fn expectation(&self) -> Expectation {
        self.expectation
    }

    /// What the answer has to know of the request.
    #[must_use]
    pub const fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// Of a head that was read the long way, whose parts are moved to their places.
    pub(crate) fn of(head: RequestHead, line_end: usize, end: usize, to: HeadPlaces<'_>) -> Self {
        let upgrade = head.upgrade().is_some();
        let exchange = head.exchange();
        let parts = head.into_parts();
        let target_end = line_end - VERSION_AND_END;
        let target_start = target_end - parts.target.as_str().len();
        let outline = Self {
            consumed: end,
            start: target_start - 1 - parts.method.as_str().len(),
            target_start,
            target_end,
            form: parts.target.form(),
            body: parts.body,
            expectation: parts.expectation,
            exchange,
            keeps_alive: parts.keeps_alive,
            upgrade,
        };
        *to.method = parts.method;
        *to.uri = parts.target.into_uri();
        *to.version = parts.version;
        *to.headers = parts.headers;
        outline
    }
}

/// The length of ` HTTP/1.1` and its line end.
const VERSION_AND_END: usize = 11;

/// Reads a head that is whole in the buffer and plain; `None` for every other.
#[inline(always)]
pub(crate) fn read_whole(
    input: &[u8],
    limits: &Limits,
    to: &mut HeadPlaces<'_>,
) -> Option<HeadOutline> {
    let window = input.get(..limits.head).unwrap_or(input);
    let method_len = if window.starts_with(b"GET ") {
        *to.method = Method::GET;
        3
    } else {
        // An empty line before the head is rare: its first byte is no method's.
        let method = window.iter().take(MOST_METHOD_BYTES + 1);
        let len = method.clone().position(|&byte| byte == b' ')?;
        *to.method = Method::from_bytes(window.get(..len)?).ok()?;
        len
    };
    let start = method_len + 1;
    let rest = window.get(start..)?;
    let target_len = rest.iter().position(|&byte| !is_target(byte))?;
    let (target, rest) = rest.split_at_checked(target_len)?;
    let http_11 = rest.starts_with(b" HTTP/1.1\r\n");
    *to.version = if http_11 {
        Version::HTTP_11
    } else if rest.starts_with(b" HTTP/1.0\r\n") {
        Version::HTTP_10
    } else {
        return None;
    };
    let target_end = start + target_len;
    let line_end = target_end + VERSION_AND_END;
    if target.is_empty() || line_end > limits.start_line {
        return None;
    }
    let form = if target == b"/" && *to.method != Method::CONNECT {
        *to.uri = Uri::default();
        TargetForm::Origin
    } else {
        let target = Target::parse(to.method, target, start).ok()?;
        let form = target.form();
        *to.uri = target.into_uri();
        form
    };
    let mut framing = Framing::request(*to.version);
    let mut plain = true;
    let lines = window.get(line_end..)?;
    let len = to
        .headers
        .read_lines(lines, |name, value| {
            plain &= framing.field(name, value.as_bytes(), 0, 0).is_ok();
        })
        .ok()??;
    let has_host = framing.has_host() || !http_11;
    if !plain || !has_host || to.headers.len() > limits.fields {
        return None;
    }
    let keeps_alive = framing.keeps_alive();
    let persistence = if keeps_alive {
        Persistence::KeepAlive
    } else {
        Persistence::Close
    };
    Some(HeadOutline {
        consumed: line_end + len,
        start: 0,
        target_start: start,
        target_end,
        form,
        body: framing.body().unwrap_or(BodyLength::None),
        expectation: framing.expectation(),
        exchange: Exchange::new(to.method, *to.version).persistence(persistence),
        keeps_alive,
        upgrade: framing.upgrades(),
    })
}
