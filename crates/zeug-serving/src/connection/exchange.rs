//! Owns one request's way through: from its head to the handler and from the handler's answer to the bytes of its head. What a handler does wrong becomes
//! a 500 here, what a client does wrong a short answer that names the reason.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, Version};
use zeug_datastructures::{FieldName, FieldValue, names};
use zeug_gateway::{Body, Cause, Received, Request, Response, Trailers, Upgrade, Upgraded};
use zeug_h1::{
    BodyDecoder, BodyEncoder, BodyLength, BodySize, Exchange, Expectation, H1Error, HeadOutline,
    Persistence, ResponseEncoder, ResponseFraming, TargetForm,
};

use crate::access_log::Entry;
use crate::engine::{Route, Shared};
use crate::sync::lock;

use super::gathering::{Coming, Gathering, Pace, Progress};
use super::incoming::{self, Incoming, Left};
use super::outgoing::{COPIED, Sending};
use super::upgraded::HandedOver;
use super::{Connection, Flushed, Next, Phase, Step, Worker};

/// A request that waits for its handler.
pub(super) struct Prepared {
    asked: Asked,
    request: Request,
    /// Set where no thread is left: then the answer is 503, unless its kind is quick.
    overloaded: bool,
}

/// What an answer and its log line have to know of the request.
pub(super) struct Asked {
    exchange: Exchange,
    version: Version,
    pub(super) route: Route,
    /// `Referer` and `User-Agent`, where the log has them.
    client: Option<Box<Client>>,
}

/// What a client says of itself.
pub(super) struct Client {
    referer: Option<HeaderValue>,
    user_agent: Option<HeaderValue>,
}

impl Connection {
    /// Answers the request whose head was read.
    #[inline(always)]
    pub(super) fn exchange(
        &mut self,
        outline: &HeadOutline,
        mut request: Request,
        worker: &mut Worker,
        shared: &Shared,
    ) -> Step {
        let mut asked = Asked {
            exchange: outline.exchange(),
            version: request.version(),
            route: Route::of(request.method(), request.uri().path()),
            client: None,
        };
        if shared.stopping() || self.requests >= shared.limits.requests {
            asked.exchange = asked.exchange.persistence(Persistence::Close);
        }
        if outline.expectation() == Expectation::Unknown {
            let response = plain(
                StatusCode::EXPECTATION_FAILED,
                "unknown expectation: only 100-continue is understood",
            );
            asked.exchange = asked.exchange.persistence(Persistence::Close);
            self.answer(&asked, Duration::ZERO, response, worker, shared);
            self.begin_linger(shared);
            return Step::Continue;
        }
        if shared.log.as_ref().is_some_and(|log| log.has_client()) {
            let get = |name: FieldName<'static>| request.headers().get(name).map(HeaderValue::from);
            asked.client = Some(Box::new(Client {
                referer: get(names::REFERER),
                user_agent: get(names::USER_AGENT),
            }));
        }
        let mut received = Received::default()
            .with_peer(self.peer)
            .with_local(self.local)
            .with_scheme(self.stream.scheme());
        if outline.form() != TargetForm::Origin {
            let (_, target) = worker.method_and_target();
            received = received.with_target(Bytes::copy_from_slice(target));
        }
        if outline.body().is_empty() {
            *request.received_mut() = received;
            return self.begin(asked, request, worker, shared);
        }
        let trailers = (outline.body() == BodyLength::Chunked).then(Trailers::default);
        if let Some(trailers) = &trailers {
            received = received.with_trailers(trailers.clone());
        }
        *request.received_mut() = received;

        let expects_continue = outline.expectation() == Expectation::Continue;
        let decoder = BodyDecoder::new(outline.body(), shared.limits.head);
        match incoming::arrived(decoder.clone(), worker.input.unread(), trailers.as_ref()) {
            Ok(Some((bytes, used))) => {
                worker.input.consume(used);
                *request.body_mut() = bytes.into();
            }
            Ok(None) if expects_continue || !waits_for(&decoder, shared) => {
                let begun = worker.input.unread().to_vec();
                worker.input.consume(begun.len());
                let coming = Coming {
                    decoder,
                    begun,
                    trailers,
                };
                *request.body_mut() = self.stream_body(coming, expects_continue, shared);
            }
            Ok(None) => {
                let pace = Pace::of_body(&shared.timeouts, Instant::now());
                let gathering = Gathering::new(asked, request, decoder, trailers, pace);
                self.phase = Phase::Gathering(Box::new(gathering));
                return Step::Continue;
            }
            Err(error) => return self.refuse_body(&error, worker, shared),
        }
        self.begin(asked, request, worker, shared)
    }

    /// Waits for a body, as long as it pays.
    pub(super) fn gather(
        &mut self,
        worker: &mut Worker,
        shared: &Shared,
        empty: &mut bool,
    ) -> Step {
        let Phase::Gathering(gathering) = &mut self.phase else {
            return Step::Continue;
        };
        let progress = match gathering.take(&mut worker.input, shared.limits.gathered) {
            Ok(progress) => progress,
            Err(error) => return self.refuse_body(&error, worker, shared),
        };
        if matches!(progress, Progress::More) && !self.ended {
            let deadline = gathering.deadline();
            return match self.flush(shared) {
                Flushed::Blocked(deadline) => Step::Stop(Next::Park { deadline }),
                Flushed::Broken => Step::Stop(Next::Close),
                Flushed::Done if *empty => Step::Stop(Next::Park { deadline }),
                Flushed::Done => self.fill(worker, empty),
            };
        }
        let whole = match progress {
            Progress::Whole => gathering.whole(),
            _ => Ok(None),
        };
        let Phase::Gathering(gathering) = std::mem::replace(&mut self.phase, Phase::Head) else {
            return Step::Continue;
        };
        let (asked, mut request, mut coming) = gathering.into_parts();
        *request.body_mut() = match whole {
            Ok(Some(bytes)) => bytes.into(),
            // The handler reads the rest, or that there is none.
            Ok(None) => {
                let unread = worker.input.unread();
                coming.begun.extend_from_slice(unread);
                worker.input.consume(unread.len());
                self.stream_body(coming, false, shared)
            }
            Err(error) => return self.refuse_body(&error, worker, shared),
        };
        worker.takes_up(&request);
        self.begin(asked, request, worker, shared)
    }

    fn refuse_body(&mut self, error: &H1Error, worker: &mut Worker, shared: &Shared) -> Step {
        // No handler answers a request whose end is in doubt.
        let reason = format!("body: {error}");
        self.refuse(worker, shared, error.status_hint(), &reason);
        Step::Continue
    }

    /// Hands the request to its handler, here or on a spare thread.
    fn begin(
        &mut self,
        asked: Asked,
        mut request: Request,
        worker: &mut Worker,
        shared: &Shared,
    ) -> Step {
        request.body_mut().set_limit(shared.limits.body);
        if worker
            .drives
            .is_some_and(|index| !shared.runs_in_place(index, asked.route))
        {
            self.phase = Phase::Asked(Box::new(Prepared {
                asked,
                request,
                overloaded: false,
            }));
            // Earlier answers of a pipeline do not wait with it; where this fails the next write shows it.
            let _ = self.flush(shared);
            return Step::Stop(Next::Handle);
        }
        self.handle(asked, request, worker, shared);
        Step::Continue
    }

    /// Goes on with a request that had to wait for a spare thread, or for the word that there is none.
    pub(super) fn resume(&mut self, worker: &mut Worker, shared: &Shared) -> Step {
        if let Phase::Asked(prepared) = std::mem::replace(&mut self.phase, Phase::Head) {
            let Prepared {
                asked,
                request,
                overloaded,
            } = *prepared;
            worker.takes_up(&request);
            let in_place = |index| shared.runs_if_quick(index, asked.route);
            if overloaded && !worker.drives.is_some_and(in_place) {
                self.answer(&asked, Duration::ZERO, busy(), worker, shared);
            } else {
                self.handle(asked, request, worker, shared);
            }
        }
        Step::Continue
    }

    /// Has the handler answer. Where it panics, [`panicked`](Self::panicked) does.
    fn handle(&mut self, asked: Asked, request: Request, worker: &mut Worker, shared: &Shared) {
        worker.begins(asked, shared);
        let response = shared.app.handle(request);
        if let Some((asked, time)) = worker.ended(shared) {
            self.answer(&asked, time, response, worker, shared);
        }
    }

    /// Answers for a handler that has panicked; `false` where none ran.
    pub(super) fn panicked(&mut self, worker: &mut Worker, shared: &Shared) -> bool {
        let Some((asked, time)) = worker.ended(shared) else {
            return false;
        };
        // The panic has been printed by the hook; the handler's state is its own to keep whole.
        worker.counts.panicked();
        let response = plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        self.answer(&asked, time, response, worker, shared);
        true
    }

    /// No thread is left for the request that waits: it is answered so.
    pub(crate) fn overloaded(&mut self) {
        if let Phase::Asked(prepared) = &mut self.phase {
            prepared.overloaded = true;
        }
    }

    /// A body that the handler reads from the connection.
    fn stream_body(&mut self, coming: Coming, expects_continue: bool, shared: &Shared) -> Body {
        // The client may wait for an earlier answer before it sends on.
        if !self.output.is_empty() {
            // Where this fails the connection is broken, which reading shows.
            let _ = incoming::send_all(&self.stream, &self.output, shared.timeouts.write);
            self.output.clear();
        }
        let incoming = Arc::new(Mutex::new(Incoming::new(
            Arc::clone(&self.stream),
            coming,
            expects_continue,
            &shared.timeouts,
        )));
        let body = incoming::body(&incoming);
        self.incoming = Some(incoming);
        body
    }

    /// Writes the answer's head, and its body where it is small; else goes on with sending.
    fn answer(
        &mut self,
        asked: &Asked,
        time: Duration,
        mut response: Response,
        worker: &mut Worker,
        shared: &Shared,
    ) {
        if response.status().is_server_error()
            && let Some(cause) = Cause::of(response.extensions())
        {
            let request = String::from_utf8_lossy(&worker.line);
            shared.report(&format!("{request}: {cause}"));
        }
        let upgrade = Upgrade::take(&mut response);
        let mut exchange = asked.exchange;
        // The stop may have been asked for while the handler worked.
        if shared.stopping() || !self.can_live_on(shared) {
            exchange = exchange.persistence(Persistence::Close);
        }
        let written = self.write_head(exchange, &response, upgrade.is_some(), worker);
        let framing = match written {
            Ok(framing) => framing,
            Err(reason) => {
                let request = String::from_utf8_lossy(&worker.line);
                shared.report(&format!(
                    "{request}: the handler's answer cannot be sent: {reason}"
                ));
                response = plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
                match self.write_head(exchange, &response, false, worker) {
                    Ok(framing) => framing,
                    Err(_) => return self.phase = Phase::Closing,
                }
            }
        };
        let ResponseFraming {
            body: length,
            persistence,
            ..
        } = framing;
        if let Some(log) = &shared.log {
            let now = worker.now();
            let (second, _) = worker.date.at(now);
            let (method, target) = worker.method_and_target();
            let client = asked.client.as_ref();
            log.add(&Entry {
                peer: self.peer,
                second,
                method: str::from_utf8(method).unwrap_or_default(),
                target,
                version: asked.version,
                status: response.status(),
                length: response.body().len().filter(|_| length != BodyLength::None),
                time: Some(time),
                referer: client.and_then(|client| client.referer.as_ref()),
                user_agent: client.and_then(|client| client.user_agent.as_ref()),
            });
        }
        if let Some(next) = upgrade
            && response.status() == StatusCode::SWITCHING_PROTOCOLS
        {
            return self.hand_over(next, worker, shared);
        }
        let persist = persistence == Persistence::KeepAlive;
        if length == BodyLength::None {
            *response.body_mut() = Body::empty();
        }
        let mut encoder = BodyEncoder::new(length);
        match response.body().as_bytes() {
            Some(bytes)
                if bytes.len() <= COPIED && length == BodyLength::Fixed(bytes.len() as u64) =>
            {
                self.output.extend_from_slice(bytes);
                self.finish_exchange(persist, worker, shared);
            }
            Some(bytes) if bytes.len() <= COPIED => {
                let framed = encoder
                    .data(bytes, &mut self.output)
                    .and_then(|()| encoder.finish(&mut self.output));
                if framed.is_err() {
                    // Cannot be: the head was made for these bytes.
                    return self.phase = Phase::Closing;
                }
                self.finish_exchange(persist, worker, shared);
            }
            _ => {
                let pace = Pace::of_answer(&shared.timeouts, worker.now());
                let trailers = response.extensions_mut().remove();
                let body = response.into_body();
                let sending = Sending::new(body, encoder, trailers, persist, pace, asked.route);
                self.phase = Phase::Sending(Box::new(sending));
            }
        }
    }

    /// Sends the 101 and has the application go on with the connection, which ends when that returns.
    fn hand_over(&mut self, next: impl FnOnce(Upgraded), worker: &mut Worker, shared: &Shared) {
        let first = worker.input.unread().to_vec();
        worker.input.consume(first.len());
        self.phase = Phase::Closing;
        if incoming::send_all(&self.stream, &self.output, shared.timeouts.write).is_err() {
            return;
        }
        self.output.clear();
        let half = |first| HandedOver::new(Arc::clone(&self.stream), first);
        let stream = Upgraded::of_halves(half(first), half(Vec::new()));
        // A panic has been printed by the hook; the connection ends as after a return.
        let _ = catch_unwind(AssertUnwindSafe(|| next(stream)));
        // The application may have left a half with another thread, which would wait for the client for ever.
        let _ = self.stream.end();
    }

    /// Writes an answer's head; says why it cannot be.
    fn write_head(
        &mut self,
        exchange: Exchange,
        response: &Response,
        upgrades: bool,
        worker: &mut Worker,
    ) -> Result<ResponseFraming, String> {
        let status = response.status();
        if status.is_informational() && !upgrades {
            return Err(format!("{} is no final status", status.as_u16()));
        }
        let length = response.body().len();
        let now = worker.now();
        let (_, date) = worker.date.at(now);
        let mut encoder = ResponseEncoder::new(exchange, status)
            .body(length.map_or(BodySize::Unknown, BodySize::Known))
            .date(date.into());
        if let Some(reason) = response.reason() {
            encoder = encoder.reason(reason);
        }
        let framing = encoder
            .encode(response.headers(), &mut self.output)
            .map_err(|error| error.to_string())?;
        worker.counts.answered(status);
        Ok(framing)
    }

    /// Whether what the handler left of the request's body lets the connection live on.
    fn can_live_on(&self, shared: &Shared) -> bool {
        let Some(incoming) = &self.incoming else {
            return true;
        };
        // Whoever still has the body may read it to its end: the answer itself, where it is made of the request's body.
        if Arc::strong_count(incoming) > 1 {
            return true;
        }
        match lock(incoming).left() {
            Left::Nothing => true,
            Left::Some(left) => left.is_none_or(|left| left <= shared.limits.drain),
            Left::Unasked | Left::Broken => false,
        }
    }

    /// After an answer: the next request, or the end.
    #[inline]
    pub(super) fn finish_exchange(&mut self, persist: bool, worker: &mut Worker, shared: &Shared) {
        if persist && self.incoming.is_none() {
            if !matches!(self.phase, Phase::Head) {
                self.phase = Phase::Head;
            }
            return;
        }
        let rest = self
            .incoming
            .take()
            .map(|incoming| lock(&incoming).detach());
        let open = match rest {
            Some((open, beyond)) => {
                worker.input.put_back(&beyond);
                open
            }
            None => None,
        };
        match (open, persist) {
            (None, true) => self.phase = Phase::Head,
            (Some(body), true) => {
                self.phase = Phase::Draining {
                    body: Box::new(body),
                    left: shared.limits.drain,
                }
            }
            (None, false) if worker.input.unread().is_empty() => self.phase = Phase::Closing,
            (_, false) => self.begin_linger(shared),
        }
    }

    /// Answers what is no request, and ends.
    pub(super) fn refuse(
        &mut self,
        worker: &mut Worker,
        shared: &Shared,
        status: u16,
        reason: &str,
    ) {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        let exchange =
            Exchange::new(&Method::GET, Version::HTTP_11).persistence(Persistence::Close);
        // Without an answer that can be written the connection ends all the same.
        let response = plain(status, reason);
        if self.write_head(exchange, &response, false, worker).is_ok() {
            self.output
                .extend_from_slice(response.body().as_bytes().unwrap_or_default());
        }
        if let Some(log) = &shared.log {
            let now = worker.now();
            let (second, _) = worker.date.at(now);
            log.add(&Entry {
                peer: self.peer,
                second,
                method: "-",
                target: b"-",
                version: Version::HTTP_11,
                status,
                length: None,
                time: None,
                referer: None,
                user_agent: None,
            });
        }
        self.since = Some(Instant::now());
        self.begin_linger(shared);
    }
}

/// Whether a body is waited for before its handler is called: not where the handler will refuse it for its length.
fn waits_for(decoder: &BodyDecoder, shared: &Shared) -> bool {
    let refused = decoder
        .remaining()
        .zip(shared.limits.body)
        .is_some_and(|(length, limit)| length > limit);
    shared.limits.gathered > 0 && !refused
}

/// The answer where no thread is left.
fn busy() -> Response {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "all threads are busy");
    response
        .headers_mut()
        .append(names::RETRY_AFTER, FieldValue::from_static("1"));
    response
}

/// A short plain answer.
fn plain(status: StatusCode, reason: &str) -> Response {
    let mut response = Response::new(format!("{reason}\n"));
    *response.status_mut() = status;
    response.headers_mut().append(
        names::CONTENT_TYPE,
        FieldValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
