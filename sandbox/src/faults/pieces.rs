//! A body that is sent piece by piece, and never completely.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use http_body::Frame;
use tokio::time::{Instant, Sleep, sleep};

use crate::refusal::json_response;

/// Blanks, which JSON allows before a value: only their number can be wrong.
pub(super) const BLANKS: &[u8] = &[b' '; 64 * 1024];

/// What is sent of a body before the connection is closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pieces {
    pub(super) piece: &'static [u8],
    /// How often `piece` is sent.
    pub(super) count: u32,
    /// The wait before each piece, in thousandths of a second.
    pub(super) pause: u32,
    /// The `Content-Length`. Without one, the body is chunked.
    pub(super) content_length: Option<u32>,
}

impl Pieces {
    /// The answer of a fault. `second` is how long a second lasts.
    pub(super) fn response(self, fault: &'static str, second: Duration) -> Response {
        let mut response = json_response(String::new());
        if let Some(length) = self.content_length {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        *response.body_mut() = Body::new(Sending::new(self, fault, second));
        response
    }
}

/// Counts the bytes of a body that have been sent. Logs the start, and the end, whatever causes it.
pub(super) struct Sent {
    fault: &'static str,
    bytes: usize,
}

impl Sent {
    pub(super) fn nothing_yet(fault: &'static str) -> Self {
        tracing::info!(fault, "started sending");
        Self { fault, bytes: 0 }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        tracing::info!(fault = self.fault, bytes = self.bytes, "stopped sending");
    }
}

/// A body that is being sent.
struct Sending {
    piece: Bytes,
    left: u32,
    pause: Duration,
    wait: Pin<Box<Sleep>>,
    flushed: bool,
    sent: Sent,
}

impl Sending {
    fn new(Pieces { piece, count, pause, .. }: Pieces, fault: &'static str, second: Duration) -> Self {
        let pause = second.saturating_mul(pause) / 1000;
        Self {
            piece: Bytes::from_static(piece),
            left: count,
            pause,
            wait: Box::pin(sleep(pause)),
            flushed: false,
            sent: Sent::nothing_yet(fault),
        }
    }
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if this.left == 0 {
            if this.flushed {
                return Poll::Ready(Some(Err(CutOff)));
            }
            // The server writes out its buffer only when the body has nothing more for the moment. An error right after
            // the last piece would keep that piece from the client.
            this.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        ready!(this.wait.as_mut().poll(context));
        this.wait.as_mut().reset(Instant::now() + this.pause);
        this.left -= 1;
        this.sent.bytes += this.piece.len();
        Poll::Ready(Some(Ok(Frame::data(this.piece.clone()))))
    }
}

/// The error that the body ends with. An error makes the server close the connection.
#[derive(Debug)]
struct CutOff;

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fault cuts its answer off")
    }
}

impl std::error::Error for CutOff {}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::faults::FAULTS;
    use crate::faults::answer::Behaviour;

    /// The sizes of the pieces that a fault sends, each with the wait before it. No real time passes: the test's clock
    /// is paused, and jumps to the end of the next timer.
    async fn sent(name: &str) -> Vec<(usize, Duration)> {
        let fault = FAULTS.iter().find(|fault| fault.name == name).expect("a fault");
        let Behaviour::Pieces(pieces) = fault.behaviour else { panic!("{fault:?}") };
        let mut body = pieces.response(fault.name, Duration::from_secs(1)).into_body();
        let mut sent = Vec::new();
        loop {
            let begun = Instant::now();
            let frame = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
            match frame.expect("a cut and no proper end") {
                Ok(frame) => sent.push((frame.into_data().expect("data").len(), begun.elapsed())),
                Err(_) => return sent,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_drip_is_a_hundred_bytes_one_a_second() {
        let sent = sent("drip").await;
        assert_eq!(sent.len(), 100);
        assert!(sent.iter().all(|piece| *piece == (1, Duration::from_secs(1))), "{sent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_endless_body_ends_after_64_mebibytes() {
        let sizes = sent("endless").await.into_iter().map(|(size, _)| size);
        assert_eq!(sizes.sum::<usize>(), 64 * 1024 * 1024);
    }
}
