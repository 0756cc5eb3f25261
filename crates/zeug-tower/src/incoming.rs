//! Owns the way from a body that is polled to one that blocks: each read polls for what it needs, and no more is taken than is read; or all of it is taken before.

use std::error::Error;
use std::future::poll_fn;
use std::io::{self, Read};
use std::mem;
use std::pin::{Pin, pin};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::runtime::Handle;
use zeug_gateway::{Body, BodyError, BodyErrorKind, Trailers};

type BoxError = Box<dyn Error + Send + Sync>;

/// The async body as a blocking one. Its trailer fields are laid into `trailers` when it has been read to its end.
///
/// Reading blocks the thread, so it must not be one that drives the runtime.
pub(crate) fn blocking<B>(body: B, runtime: Handle, trailers: Option<Trailers>) -> Body
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    if body.is_end_stream() {
        return Body::empty();
    }
    let len = body.size_hint().exact();
    let reader = Blocking {
        body: Box::pin(body),
        current: None,
        runtime,
        trailers,
    };
    match len {
        Some(len) => Body::sized_reader(reader, len),
        None => Body::reader(reader),
    }
}

/// The whole async body, in memory; without a copy where it comes in one piece. Its trailer fields are laid into `trailers`.
///
/// A body that is announced to be longer than `limit` is not read, and any other no further than that.
pub(crate) async fn whole<B>(
    body: B,
    limit: Option<u64>,
    trailers: Option<&Trailers>,
) -> Result<Body, BodyError>
where
    B: http_body::Body,
{
    let limit = limit.unwrap_or(u64::MAX);
    let too_large = || BodyError::new(BodyErrorKind::TooLarge { limit });
    if body.size_hint().lower() > limit {
        return Err(too_large());
    }
    let mut body = pin!(body);
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = poll_fn(|task| body.as_mut().poll_frame(task)).await {
        let frame = frame.map_err(|_| BodyError::new(BodyErrorKind::Disconnected))?;
        match frame.into_data() {
            Ok(mut data) => {
                let read = first.len() + all.len() + data.remaining();
                if read as u64 > limit {
                    return Err(too_large());
                }
                if first.is_empty() && all.is_empty() {
                    first = data.copy_to_bytes(data.remaining());
                } else {
                    all.extend_from_slice(&mem::take(&mut first));
                    all.put(data);
                }
            }
            Err(frame) => {
                if let (Some(trailers), Ok(fields)) = (trailers, frame.into_trailers()) {
                    trailers.set(fields.into());
                }
            }
        }
    }
    Ok(if all.is_empty() {
        first.into()
    } else {
        all.freeze().into()
    })
}

struct Blocking<B: http_body::Body> {
    body: Pin<Box<B>>,
    current: Option<B::Data>,
    runtime: Handle,
    trailers: Option<Trailers>,
}

impl<B> Read for Blocking<B>
where
    B: http_body::Body,
    B::Error: Into<BoxError>,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(current) = &mut self.current
                && current.has_remaining()
            {
                let count = current.remaining().min(buffer.len());
                current.copy_to_slice(&mut buffer[..count]);
                return Ok(count);
            }
            let frame = self
                .runtime
                .block_on(poll_fn(|task| self.body.as_mut().poll_frame(task)));
            match frame {
                None => return Ok(0),
                // Whatever a body fails with, the rest of it does not come.
                Some(Err(error)) => {
                    return Err(io::Error::new(io::ErrorKind::ConnectionAborted, error));
                }
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.current = Some(data),
                    Err(frame) => {
                        if let (Some(place), Ok(fields)) = (&self.trailers, frame.into_trailers()) {
                            place.set(fields.into());
                        }
                    }
                },
            }
        }
    }
}
