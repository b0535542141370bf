//! A call: what ends it early, and what it cleans up at its end.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, AbortSignal};

use super::get;
use crate::error::{ErrorCode, SignInError};

/// Timers take 31 bits. With a longer delay they fire at once.
const LONGEST_TIMER_MS: i32 = i32::MAX;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(callback: &JsValue, delay_ms: i32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = performance)]
    fn now() -> Result<f64, JsValue>;
}

/// A call in progress. Dropping it, at its end or earlier, removes its timer and its listener, and cancels what is
/// still open of its request.
pub(super) struct Call {
    controller: AbortController,
    /// The signal of `controller`.
    signal: AbortSignal,
    ending: Rc<Ending>,
    timer: Option<(JsValue, Closure<dyn FnMut()>)>,
    listener: Option<(AbortSignal, Closure<dyn FnMut()>)>,
    deadline: f64,
    open: Open,
}

/// Why a call must end early, and the task to wake then.
#[derive(Default)]
struct Ending {
    code: Cell<Option<ErrorCode>>,
    waker: Cell<Option<Waker>>,
}

impl Ending {
    fn set(&self, code: ErrorCode) {
        if self.code.get().is_none() {
            self.code.set(Some(code));
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// What is still open of a request.
enum Open {
    Nothing,
    /// What `fetch` has returned.
    Request(JsValue),
    /// The object that can cancel the body, and the name of its method that does.
    Body(JsValue, &'static str),
}

impl Call {
    /// # Errors
    /// `Aborted` for a signal that has aborted already, so that nothing is sent.
    pub(super) fn begin(timeout: Duration, signal: Option<&AbortSignal>) -> Result<Self, SignInError> {
        let broken = |_| SignInError::new(ErrorCode::Internal);
        let timeout = i32::try_from(timeout.as_millis()).unwrap_or(LONGEST_TIMER_MS);
        let controller = AbortController::new().map_err(broken)?;
        let mut call = Self {
            signal: controller.signal(),
            controller,
            ending: Rc::default(),
            timer: None,
            listener: None,
            deadline: clock() + f64::from(timeout),
            open: Open::Nothing,
        };
        if let Some(signal) = signal {
            call.listen(signal)?;
        }
        let expire = call.ender(ErrorCode::Timeout);
        let timer = set_timeout(expire.as_ref(), timeout).map_err(broken)?;
        call.timer = Some((timer, expire));
        Ok(call)
    }

    fn ender(&self, code: ErrorCode) -> Closure<dyn FnMut()> {
        let ending = Rc::clone(&self.ending);
        Closure::new(move || ending.set(code))
    }

    /// Listens to the caller's signal, whose members may have been replaced by some that throw.
    fn listen(&mut self, signal: &AbortSignal) -> Result<(), SignInError> {
        if get(signal, "aborted").is_none_or(|aborted| aborted.is_truthy()) {
            return Err(SignInError::new(ErrorCode::Aborted));
        }
        let abort = self.ender(ErrorCode::Aborted);
        invoke(signal, "addEventListener", &[&"abort".into(), abort.as_ref()])
            .ok_or_else(|| SignInError::invalid_argument("signal", "must be an AbortSignal"))?;
        self.listener = Some((signal.clone(), abort));
        Ok(())
    }

    /// The signal that aborts the call's requests.
    pub(super) const fn signal(&self) -> &AbortSignal {
        &self.signal
    }

    /// Waits for `promise`, which may be any value, as `await` does.
    ///
    /// # Errors
    /// `Timeout` or `Aborted`, if the call ends early.
    pub(super) async fn wait(&self, promise: JsValue) -> Result<Result<JsValue, JsValue>, SignInError> {
        let mut outcome = settled(&promise);
        poll_fn(|context| {
            if let Some(code) = self.ending.code.get() {
                return Poll::Ready(Err(SignInError::new(code)));
            }
            self.ending.waker.set(Some(context.waker().clone()));
            Future::poll(Pin::new(&mut outcome), context).map(Ok)
        })
        .await
    }

    /// Waits for what `fetch` has returned.
    pub(super) async fn response(&mut self, sent: JsValue) -> Result<Result<JsValue, JsValue>, SignInError> {
        self.open = Open::Request(sent.clone());
        let response = self.wait(sent).await?;
        self.open = match &response {
            Ok(response) => body_of(response),
            Err(_) => Open::Nothing,
        };
        Ok(response)
    }

    /// If the call ends early, the method `cancel` of `reader` cancels the body.
    pub(super) fn cancel_by(&mut self, reader: JsValue, cancel: &'static str) {
        self.open = Open::Body(reader, cancel);
    }

    /// Leaves the request alone from now on: its body is complete, or the caller's to read.
    pub(super) fn release(&mut self) {
        self.open = Open::Nothing;
    }

    /// Ends the call if the deadline has passed. A stream whose chunks are always ready would keep the timer from
    /// firing.
    pub(super) fn expire_if_due(&self) {
        if clock() > self.deadline {
            self.ending.set(ErrorCode::Timeout);
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some((timer, _)) = self.timer.take() {
            let _ = clear_timeout(&timer);
        }
        if let Some((signal, abort)) = self.listener.take() {
            invoke(&signal, "removeEventListener", &[&"abort".into(), abort.as_ref()]);
        }
        let open = std::mem::replace(&mut self.open, Open::Nothing);
        if !matches!(open, Open::Nothing) {
            self.controller.abort();
        }
        cancel(open);
    }
}

/// Cancels what is still open. Nobody waits for the result.
fn cancel(open: Open) {
    match open {
        Open::Nothing => {}
        // A `fetch` that ignores its signal may still resolve with a response.
        Open::Request(sent) => spawn_local(async move {
            if let Ok(response) = settled(&sent).await {
                cancel(body_of(&response));
            }
        }),
        Open::Body(reader, method) => {
            if let Some(cancelled) = invoke(&reader, method, &[]) {
                spawn_local(async move {
                    // Awaited, since the platform reports a rejection that nobody awaits.
                    let _ = settled(&cancelled).await;
                });
            }
        }
    }
}

fn body_of(response: &JsValue) -> Open {
    Open::Body(get(response, "body").unwrap_or_default(), "cancel")
}

/// `value` as a future, as `await` makes one. It goes through a promise of the platform, since what a replaced `fetch`
/// returns may have a `then` that throws, or that calls back twice.
fn settled(value: &JsValue) -> JsFuture {
    Promise::new(&mut |resolve, _| {
        let _ = resolve.call1(&JsValue::UNDEFINED, value);
    })
    .into()
}

/// Calls a method of any value. `None` if the value has no such method, or the method throws.
pub(super) fn invoke(holder: &JsValue, method: &str, arguments: &[&JsValue]) -> Option<JsValue> {
    let method: Function = get(holder, method)?.dyn_into().ok()?;
    Reflect::apply(&method, holder, &arguments.iter().copied().collect()).ok()
}

/// The time in milliseconds.
fn clock() -> f64 {
    now().unwrap_or_else(|_| js_sys::Date::now())
}
