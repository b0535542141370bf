//! The JavaScript side of the client: arguments in, promise out. It decides nothing that the core
//! could decide.

mod convert;
mod fetch;
mod json;
mod shell;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use self::shell::{Call, Flight};
use crate::credentials::{ApiKey, Credentials, Password, Username};
use crate::error::SignInError;
use crate::request::{BaseUrl, Request};
use crate::response::read_sign_in;

/// The default one takes 4 KB more of the module.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// The types of the whole package, `signIn` included: written once, by hand.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("../../pkg/types.d.ts");

/// `signIn(apiKey, username, password, options?)`.
///
/// The arguments come as they are. wasm-bindgen's own conversion to text throws synchronously, reads
/// a number as a pointer and takes an object for a string.
///
/// `call` is the package's own: it settles the promise before there is an engine. Without it, as in a
/// plain `wasm-pack build`, the engine asks for one.
#[wasm_bindgen(js_name = signIn, skip_typescript)]
pub fn sign_in(api_key: JsValue, username: JsValue, password: JsValue, options: JsValue, call: &JsValue) -> Promise {
    let arguments = Arguments { api_key, username, password, options };
    if call.is_undefined() {
        shell::settle(&arguments.options, &mut |call| arguments.sign_in(&call))
    } else {
        arguments.sign_in(call.unchecked_ref())
    }
}

#[derive(Clone)]
struct Arguments {
    api_key: JsValue,
    username: JsValue,
    password: JsValue,
    options: JsValue,
}

impl Arguments {
    fn sign_in(&self, call: &Call) -> Promise {
        let (request, fetch) = match self.check() {
            Ok(checked) => checked,
            Err(error) => return Promise::reject(&convert::error(&error)),
        };
        let (api_key, username, password) = (&self.api_key, &self.username, &self.password);
        let key = Array::of5(api_key, username, password, &JsValue::from_str(&request.url), &fetch);
        let mut once = Some((request, fetch));
        shell::share(&key, call, &mut |flight| {
            let (arguments, once) = (self.clone(), once.take());
            future_to_promise(async move {
                let (request, fetch) = once.ok_or(JsValue::UNDEFINED)?;
                let session = arguments.exchange(request, &fetch, &flight).await;
                session.map_err(|error| convert::error(&error))
            })
        })
    }

    /// All checks of all arguments, before anything is sent.
    fn check(&self) -> Result<(Request, Function), SignInError> {
        let credentials = self.credentials()?;
        let request = Request::sign_in(&self.base_url()?, &credentials);
        self.check_limits()?;
        Ok((request, self.fetch()?))
    }

    async fn exchange(&self, request: Request, fetch: &Function, flight: &Flight) -> Result<JsValue, SignInError> {
        let answer = fetch::send(request, fetch, flight).await?;
        // The credentials are read anew, so that no copy of the password waits for the answer.
        let token = read_sign_in(&answer, fetch::now_ms(), &self.credentials()?)?;
        Ok(convert::session(answer, &token))
    }

    fn credentials(&self) -> Result<Credentials, SignInError> {
        Ok(Credentials {
            api_key: ApiKey::new(convert::secret(&self.api_key, "apiKey")?)?,
            username: Username::new(convert::secret(&self.username, "username")?.as_str())?,
            password: Password::new(convert::secret(&self.password, "password")?)?,
        })
    }

    /// The option `name`, unless it is absent.
    fn option(&self, name: &'static str) -> Result<Option<JsValue>, SignInError> {
        if self.options.is_undefined() {
            return Ok(None);
        }
        if !self.options.is_object() {
            return Err(SignInError::invalid_argument("options", "must be an object"));
        }
        let value = Reflect::get(&self.options, &JsValue::from_str(name))
            .map_err(|_| SignInError::invalid_argument(name, "must be readable"))?;
        Ok((!value.is_undefined()).then_some(value))
    }

    fn base_url(&self) -> Result<BaseUrl, SignInError> {
        let Some(value) = self.option("baseUrl")? else { return Ok(BaseUrl::default()) };
        let href = shell::href(&value).ok_or(SignInError::invalid_argument("baseUrl", "must be an absolute URL"))?;
        BaseUrl::new(&String::from(href))
    }

    fn fetch(&self) -> Result<Function, SignInError> {
        let rule = SignInError::invalid_argument("fetch", "must be a function");
        if let Some(given) = self.option("fetch")? {
            return given.dyn_into().map_err(|_| rule);
        }
        // Looked up at call time, so that whoever replaces it is heard.
        let global = Reflect::get(&js_sys::global(), &JsValue::from_str("fetch")).unwrap_or_default();
        global.dyn_into().map_err(|_| rule)
    }

    /// Of these two the shell has made use already, where they are valid.
    fn check_limits(&self) -> Result<(), SignInError> {
        let timeout = self.option("timeoutMs")?;
        if timeout.is_some_and(|value| value.as_f64().is_none_or(|value| !(value.is_finite() && value > 0.0))) {
            return Err(SignInError::invalid_argument("timeoutMs", "must be a finite number above 0"));
        }
        if self.option("signal")?.is_some_and(|value| !shell::is_abort_signal(&value)) {
            return Err(SignInError::invalid_argument("signal", "must be an AbortSignal"));
        }
        Ok(())
    }
}
