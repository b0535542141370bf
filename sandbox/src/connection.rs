//! Connections that the service can reset, at once or at a later moment.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

/// The connection that a request came in on. Every request carries it as its `ConnectInfo`.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    end: Arc<OnceLock<Instant>>,
}

impl Connection {
    /// Resets the connection at once. The answer to the request is not sent.
    pub fn reset(&self) {
        self.reset_at(Instant::now());
    }

    /// Resets the connection at this moment, whatever has been sent until then. Only the first call counts.
    pub fn reset_at(&self, moment: Instant) {
        self.end.get_or_init(|| moment);
    }
}

/// Accepts connections that can be reset.
#[derive(Debug)]
pub struct Connections(pub TcpListener);

impl Listener for Connections {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        let (tcp, address) = Listener::accept(&mut self.0).await;
        (Stream { tcp, connection: Connection::default(), timer: None }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Connections>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        stream.io().connection.clone()
    }
}

/// A TCP stream. Every operation on it fails once its [`Connection`] has been reset.
#[derive(Debug)]
pub struct Stream {
    tcp: TcpStream,
    connection: Connection,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stream {
    /// The stream, or an error if the connection has been reset.
    fn poll_alive(&mut self, context: &mut Context<'_>) -> io::Result<Pin<&mut TcpStream>> {
        let Some(end) = self.connection.end.get() else {
            return Ok(Pin::new(&mut self.tcp));
        };
        // The timer wakes the task even if it waits for a client that does not read.
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(*end)));
        if *end > Instant::now() && timer.as_mut().poll(context).is_pending() {
            return Ok(Pin::new(&mut self.tcp));
        }
        // With a linger time of zero, closing the socket sends RST instead of FIN.
        self.tcp.set_zero_linger()?;
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_alive(context)?.poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_alive(context)?.poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_alive(context)?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_alive(context)?.poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_alive(context)?.poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }
}
