//! Listening, logging each request, and stopping.

use std::future::Future;
use std::io;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tokio::net::TcpListener;

use crate::connection::{Connection, Connections};

/// How long requests in flight have to finish after a signal. A client may have stopped
/// in the middle of its request.
const GRACE: Duration = Duration::from_secs(3);

/// Serves until `stop` is done, and then lets requests in flight finish.
///
/// # Errors
///
/// Those of the system.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, mut stopped) = tokio::sync::watch::channel(());
    let service = router.layer(from_fn(log)).into_make_service_with_connect_info::<Connection>();
    let server = axum::serve(Connections(listener), service).with_graceful_shutdown(async move {
        stop.await;
        tracing::info!("stopping");
        stopping.send_replace(());
    });
    tokio::select! {
        done = server => done,
        () = async {
            if stopped.changed().await.is_ok() {
                tokio::time::sleep(GRACE).await;
            } else {
                // The server has ended and dropped the sender: the other branch is ready.
                std::future::pending::<()>().await;
            }
        } => Ok(()),
    }
}

/// Logs method, path, status and milliseconds. Query, headers and body may hold secrets, so they are not logged.
async fn log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    tracing::info!(
        %method,
        path,
        status = response.status().as_u16(),
        ms = started.elapsed().as_millis(),
    );
    response
}

/// Resolves when the process gets SIGINT or SIGTERM. From this call on, neither of them ends the process by itself.
///
/// # Errors
///
/// If no signal handler can be installed.
#[cfg(unix)]
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Resolves when the process is asked to end.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
