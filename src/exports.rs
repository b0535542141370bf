//! What a plain `wasm-pack build` exports: `signIn` and `resume`, over [`Client`].

use std::time::Duration;

use js_sys::{Array, Error, Function, JsString, Object, Promise, Reflect, Symbol};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::credentials::{ApiKey, Password, Token, Username};
use crate::error::{ErrorCode, SignInError};
use crate::request::BaseUrl;
use crate::session::Session;

/// The declarations, written by hand: generated ones would say `any`.
#[wasm_bindgen(typescript_custom_section)]
const FUNCTIONS: &str = include_str!("exports.d.ts");

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = shared_types(include_str!("../js/types.d.ts"));

/// The part of the npm package's declarations that describes errors and users, which are the same here. The part before
/// it describes the package's sessions.
#[allow(dead_code, reason = "used only for a custom section, which does not count as a use")]
const fn shared_types(declarations: &str) -> &str {
    const START: &[u8] = b"/** Why a call failed. Holds no";
    let mut rest = declarations.as_bytes();
    while !starts_with(rest, START) {
        // If the start is missing, this panics, and so the crate does not compile.
        rest = rest.split_at(1).1;
    }
    let start = declarations.len().saturating_sub(rest.len());
    declarations.split_at(start).1
}

#[allow(dead_code, reason = "used only for a custom section, which does not count as a use")]
const fn starts_with(text: &[u8], start: &[u8]) -> bool {
    let (mut text, mut start) = (text, start);
    while let Some((expected, rest)) = start.split_first() {
        match text.split_first() {
            Some((byte, after)) if *byte == *expected => text = after,
            _ => return false,
        }
        start = rest;
    }
    true
}

/// Signs in, for JavaScript: see the declarations.
///
/// The arguments may be any values, since wasm-bindgen's own conversions throw, read a number as a pointer, and take an
/// object for a text.
#[wasm_bindgen(js_name = signIn, skip_typescript)]
pub fn sign_in(api_key: &JsValue, username: &JsValue, password: &JsValue, options: &JsValue) -> Promise {
    let arguments = || {
        let api_key = ApiKey::new(text("apiKey", api_key)?)?;
        let username = Username::new(text("username", username)?.as_str())?;
        let password = Password::new(text("password", password)?)?;
        Ok((Options::read(options)?, api_key, username, password))
    };
    let arguments = arguments();
    settle(async {
        let (options, api_key, username, password) = arguments.map_err(|error| thrown(&error, None))?;
        let session = options.client(api_key).sign_in(username, password).await;
        options.outcome(session)
    })
}

/// Resumes a session, for JavaScript: see the declarations.
#[wasm_bindgen(js_name = resume, skip_typescript)]
pub fn resume(api_key: &JsValue, token: &JsValue, options: &JsValue) -> Promise {
    let arguments = || {
        let api_key = ApiKey::new(text("apiKey", api_key)?)?;
        let token = Token::new(text("token", token)?)?;
        Ok((Options::read(options)?, api_key, token))
    };
    let arguments = arguments();
    settle(async {
        let (options, api_key, token) = arguments.map_err(|error| thrown(&error, None))?;
        let session = options.client(api_key).resume(token).await;
        options.outcome(session)
    })
}

fn settle(call: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    future_to_promise(call)
}

/// The text of an argument, which must be a string without lone surrogates.
///
/// wasm-bindgen's own conversion would leave copies behind when it enlarges its buffer.
fn text(argument: &'static str, value: &JsValue) -> Result<Zeroizing<String>, SignInError> {
    let invalid = |rule| SignInError::invalid_argument(argument, rule);
    let value: &JsString = value.dyn_ref().ok_or_else(|| invalid("must be a string"))?;
    // A unit of UTF-16 takes at most three bytes of UTF-8.
    let room = usize::try_from(value.length()).unwrap_or_default().saturating_mul(3);
    let mut text = Zeroizing::new(String::with_capacity(room));
    for character in char::decode_utf16(value.iter()) {
        text.push(character.map_err(|_| invalid("must be well-formed UTF-16"))?);
    }
    Ok(text)
}

/// The options of a call. Each is read once, since a getter may return something else the next time.
#[derive(Default)]
struct Options {
    base_url: Option<BaseUrl>,
    timeout: Option<Duration>,
    signal: Option<AbortSignal>,
}

impl Options {
    fn read(options: &JsValue) -> Result<Self, SignInError> {
        if options.is_undefined() {
            return Ok(Self::default());
        }
        // To js-sys, a function is an object. To the package's contract, it is not.
        let object: &Object = options
            .dyn_ref()
            .filter(|_| !options.is_function())
            .or_else(|| options.is_object().then(|| options.unchecked_ref()))
            .ok_or_else(|| SignInError::invalid_argument("options", "must be an object"))?;
        let base_url = option(object, "baseUrl", "must be an absolute URL", href_of)?;
        let timeout = option(object, "timeoutMs", "must be a finite number above 0", timeout_of)?;
        let signal = option(object, "signal", "must be an AbortSignal", signal_of)?;
        Ok(Self { base_url: base_url.map(|url| BaseUrl::new(&url)).transpose()?, timeout, signal })
    }

    fn client(&self, api_key: ApiKey) -> Client {
        let mut client = Client::new(api_key);
        if let Some(base_url) = &self.base_url {
            client = client.with_base_url(base_url.clone());
        }
        if let Some(timeout) = self.timeout {
            client = client.with_timeout(timeout);
        }
        match &self.signal {
            Some(signal) => client.with_signal(signal.clone()),
            None => client,
        }
    }

    /// What the call settles with.
    fn outcome(&self, session: Result<Session, SignInError>) -> Result<JsValue, JsValue> {
        let session = session.map_err(|error| {
            let aborted = error.code() == ErrorCode::Aborted;
            let signal = self.signal.as_ref().filter(|_| aborted);
            thrown(&error, signal.and_then(|signal| member(signal, "reason")))
        })?;
        signed_in(&session).map_err(|_| thrown(&SignInError::new(ErrorCode::Internal), None))
    }
}

/// The option `name`, if it is given. `read` returns `None` for an invalid value.
fn option<T>(
    options: &Object,
    name: &'static str,
    rule: &'static str,
    read: fn(&JsValue) -> Option<T>,
) -> Result<Option<T>, SignInError> {
    let given = || {
        let value = Reflect::get(options, &name.into()).ok()?;
        Some(if value.is_undefined() || is_inherited(options, name)? { None } else { Some(read(&value)?) })
    };
    given().ok_or_else(|| SignInError::invalid_argument(name, rule))
}

/// Whether `options` has `name` only from `Object.prototype`, where any script may have put it: such an address must
/// not get the password. An object without a prototype inherits nothing. `None` if a proxy throws.
fn is_inherited(options: &Object, name: &str) -> Option<bool> {
    let owns = |holder: &Object, name: &str| {
        let descriptor = Reflect::get_own_property_descriptor(holder, &name.into()).ok()?;
        Some(!descriptor.is_undefined())
    };
    let mut holder = options.clone();
    let mut is_root_of_another = false;
    loop {
        let next: JsValue = Reflect::get_prototype_of(&holder).ok()?.into();
        if next.is_null() {
            return Some(is_root_of_another && owns(&holder, name)? && owns(&holder, "isPrototypeOf")?);
        }
        if owns(&holder, name)? {
            return Some(false);
        }
        holder = next.unchecked_into();
        is_root_of_another = true;
    }
}

#[wasm_bindgen]
extern "C" {
    /// `URL`, whose constructor takes any value, and may throw.
    #[wasm_bindgen(js_name = URL)]
    type Url;

    #[wasm_bindgen(catch, constructor, js_class = URL)]
    fn new(url: &JsValue) -> Result<Url, JsValue>;
}

/// The text of an absolute URL, given as a string or as a `URL` of any realm.
fn href_of(value: &JsValue) -> Option<String> {
    let to_string: Function = member(&Object::new(), "toString")?.dyn_into().ok()?;
    if value.as_string().is_none() && to_string.call0(value).ok()? != "[object URL]" {
        return None;
    }
    let url = Url::new(value).ok()?;
    member(url.as_ref(), "href")?.as_string()
}

fn timeout_of(value: &JsValue) -> Option<Duration> {
    let milliseconds = value.as_f64().filter(|number| number.is_finite() && *number > 0.0)?;
    // Timers take no more, and `from_secs_f64` panics if the number is too large.
    Some(Duration::from_secs_f64(milliseconds.min(f64::from(i32::MAX)) / 1000.0))
}

/// An `AbortSignal` of this realm or another. The platform's getter works for real signals only.
fn signal_of(value: &JsValue) -> Option<AbortSignal> {
    let prototype = member(&member(&js_sys::global(), "AbortSignal")?, "prototype")?;
    let aborted = Reflect::get_own_property_descriptor::<Object>(prototype.unchecked_ref(), &"aborted".into()).ok()?;
    let getter: Function = member(&aborted, "get")?.dyn_into().ok()?;
    getter.call0(value).ok()?.as_bool()?;
    Some(value.clone().unchecked_into())
}

/// A member of any value. `None` if the value can't have members, or reading this one throws.
fn member(holder: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(holder, &name.into()).ok()
}

/// The `SignInError` of JavaScript: a real `Error`, with a property for each known field.
fn thrown(error: &SignInError, cause: Option<JsValue>) -> JsValue {
    let fields = error.serialize(&plain_serializer()).unwrap_or_default();
    let fields: &Object = fields.unchecked_ref();
    let thrown = Error::new(&error.message());
    for entry in Object::entries(fields) {
        let entry: Array = entry.unchecked_into();
        let (name, value) = (entry.get(0), entry.get(1));
        if name == "retryAfterDate" {
            // The service's clock is not known, so the caller's has to do.
            let delay = value.as_f64().unwrap_or_default() * 1000.0 - js_sys::Date::now();
            define(&thrown, &"retryAfterMs".into(), &delay.max(0.0).into(), true);
        } else {
            // The message is enumerable, unlike that of other errors, so that JSON and logs have it too.
            define(&thrown, &name, &value, true);
        }
    }
    define(&thrown, &"name".into(), &"SignInError".into(), true);
    if let Some(cause) = cause {
        define(&thrown, &"cause".into(), &cause, false);
    }
    // By this symbol, the npm package's `isSignInError` recognises an error.
    define(&thrown, &Symbol::for_("catalyze-signin.SignInError"), &JsValue::TRUE, false);
    thrown.into()
}

/// Defines a property. Assigning it could call a setter that any script has put on a prototype.
fn define(object: &Object, name: &JsValue, value: &JsValue, enumerable: bool) {
    let pairs = [
        ("value", value),
        ("enumerable", &enumerable.into()),
        ("writable", &true.into()),
        ("configurable", &true.into()),
    ];
    if let Ok(descriptor) = object_of(pairs) {
        let _ = Reflect::define_property(object, name, &descriptor);
    }
}

fn object_of<'a>(members: impl IntoIterator<Item = (&'a str, &'a JsValue)>) -> Result<Object, JsValue> {
    let entries: Array = members.into_iter().map(|(name, value)| Array::of2(&name.into(), value)).collect();
    Object::from_entries(&entries)
}

/// `{ user, token }`
fn signed_in(session: &Session) -> Result<JsValue, JsValue> {
    let user = Faithful(&session.json).serialize(&plain_serializer())?;
    Ok(object_of([("user", &user), ("token", &session.token.expose().into())])?.into())
}

const fn plain_serializer() -> serde_wasm_bindgen::Serializer {
    serde_wasm_bindgen::Serializer::json_compatible()
}

/// JSON as `JSON.parse` gives it: each member an own property, `__proto__` included, and each number a double.
///
/// serde-wasm-bindgen alone would assign the members, so that `__proto__` changed the prototype. It also rejects
/// integers that no double holds exactly.
struct Faithful<'a>(&'a Value);

impl Serialize for Faithful<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number(number) => serializer.serialize_f64(number.as_f64().unwrap_or(f64::NAN)),
            Value::Array(elements) => serializer.collect_seq(elements.iter().map(Faithful)),
            Value::Object(members) => {
                let failed = || S::Error::custom("a defect");
                let map = Members(members)
                    .serialize(&plain_serializer().serialize_maps_as_objects(false))
                    .map_err(|_| failed())?;
                let object = Object::from_entries(&map).map_err(|_| failed())?;
                preserve::serialize(&object, serializer)
            }
            other => other.serialize(serializer),
        }
    }
}

struct Members<'a>(&'a Map<String, Value>);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, &Faithful(value))?;
        }
        map.end()
    }
}
