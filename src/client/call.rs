//! One call: what ends it early, and what is to be ended with it.

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

/// Timers take 31 bits, and fire at once above.
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

/// A call under way. When it is dropped, at its end or before, neither a timer nor a listener is left, and what is still
/// open of its request is ended.
pub(super) struct Call {
    controller: AbortController,
    /// The controller's.
    signal: AbortSignal,
    ending: Rc<Ending>,
    timer: Option<(JsValue, Closure<dyn FnMut()>)>,
    listener: Option<(AbortSignal, Closure<dyn FnMut()>)>,
    deadline: f64,
    open: Open,
}

/// Why a call is to end, and who waits to hear of it.
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
    /// `fetch` has been called, and this is what it gave.
    Request(JsValue),
    /// The body of this response is to be cancelled, by this method of this object.
    Body(JsValue, &'static str),
}

impl Call {
    /// # Errors
    /// `Aborted` for a signal that has aborted already: then nothing is to be sent.
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

    /// The signal is the caller's: its members may have been replaced by some that throw.
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

    /// What the call's requests are to be aborted by.
    pub(super) const fn signal(&self) -> &AbortSignal {
        &self.signal
    }

    /// Waits for `promise`, or any other value, whatever it is.
    ///
    /// # Errors
    /// `Timeout` and `Aborted`, where the call ends before.
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

    /// Waits for what `fetch` has given.
    pub(super) async fn response(&mut self, sent: JsValue) -> Result<Result<JsValue, JsValue>, SignInError> {
        self.open = Open::Request(sent.clone());
        let response = self.wait(sent).await?;
        self.open = match &response {
            Ok(response) => body_of(response),
            Err(_) => Open::Nothing,
        };
        Ok(response)
    }

    /// From now on, the body is to be cancelled by this method of this object.
    pub(super) fn is_read_by(&mut self, reader: JsValue, cancel: &'static str) {
        self.open = Open::Body(reader, cancel);
    }

    /// Nothing is open any more.
    pub(super) fn has_all(&mut self) {
        self.open = Open::Nothing;
    }

    /// Ends the call if it is time. What is always ready would keep the timer from firing.
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
        end(open);
    }
}

/// Says that nothing more is wanted. Nobody waits for what comes of it.
fn end(open: Open) {
    match open {
        Open::Nothing => {}
        // A `fetch` that does not heed its signal may bring a response all the same.
        Open::Request(sent) => spawn_local(async move {
            if let Ok(response) = settled(&sent).await {
                end(body_of(&response));
            }
        }),
        Open::Body(reader, cancel) => {
            if let Some(cancelled) = invoke(&reader, cancel, &[]) {
                spawn_local(async move {
                    // Awaited, so that its rejection is not one that nobody handles.
                    let _ = settled(&cancelled).await;
                });
            }
        }
    }
}

fn body_of(response: &JsValue) -> Open {
    Open::Body(get(response, "body").unwrap_or_default(), "cancel")
}

/// `value` as a future, as `await` does it. It goes through a promise of the platform's, since what a replaced `fetch`
/// gives may have a `then` that throws, or that calls back twice.
fn settled(value: &JsValue) -> JsFuture {
    Promise::new(&mut |resolve, _| {
        let _ = resolve.call1(&JsValue::UNDEFINED, value);
    })
    .into()
}

/// Calls a method of whatever it is. `None` where it has none, or it throws.
pub(super) fn invoke(holder: &JsValue, method: &str, arguments: &[&JsValue]) -> Option<JsValue> {
    let method: Function = get(holder, method)?.dyn_into().ok()?;
    Reflect::apply(&method, holder, &arguments.iter().copied().collect()).ok()
}

/// In milliseconds.
fn clock() -> f64 {
    now().unwrap_or_else(|_| js_sys::Date::now())
}
