//! What `JSON.parse` gives, for the core to read.

use alloc::string::String;

use js_sys::{Array, JsString, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::{convert, shell};
use crate::json::{Json, Kind};

/// A value that `JSON.parse` made.
#[derive(Clone, Debug)]
pub(super) struct Parsed(JsValue);

#[wasm_bindgen]
extern "C" {
    /// js-sys's binding takes a `&str`: the text would be copied into the module and out again.
    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    fn parse(text: &JsString) -> Result<JsValue, JsValue>;
}

impl Parsed {
    /// `None` for a text that is no JSON.
    pub(super) fn from_text(text: &JsString) -> Option<Self> {
        parse(text).ok().map(Self)
    }

    /// The value itself, less its member `name`.
    pub(super) fn without(self, name: &str) -> JsValue {
        // An own property of a parsed object can always be deleted.
        let _ = Reflect::delete_property(self.0.unchecked_ref::<Object>(), &JsValue::from_str(name));
        self.0
    }
}

impl Json for Parsed {
    fn kind(&self) -> Kind {
        match shell::kind(&self.0) {
            0 => Kind::Boolean,
            1 => Kind::Number,
            2 => Kind::String,
            3 => Kind::Object,
            4 => Kind::Array,
            _ => Kind::Null,
        }
    }

    fn number(&self) -> f64 {
        self.0.as_f64().unwrap_or_default()
    }

    fn text(&self) -> String {
        core::mem::take(&mut *convert::text(self.0.unchecked_ref()))
    }

    fn length(&self) -> u32 {
        self.0.unchecked_ref::<Array>().length()
    }

    fn element(&self, index: u32) -> Option<Self> {
        Some(Self(self.0.unchecked_ref::<Array>().get(index)))
    }

    fn member(&self, name: &str) -> Option<Self> {
        let member = shell::own(&self.0, name);
        (!member.is_undefined()).then_some(Self(member))
    }
}
