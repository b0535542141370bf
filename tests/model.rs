//! The published types and the Rust model are one.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, clippy::unwrap_used)]

use catalyze_signin::{
    Address, Email, Geocode, Guardian, HealthPlan, Language, Mrn, Name, PhoneNumber, SocialId, User,
};
use serde_json::json;

/// A user with every field: a field added to the model must be added here, or this does not compile.
fn whole_user() -> User {
    let text = || Some("text".to_owned());
    User {
        users_id: "text".to_owned(),
        username: text(),
        active: Some(true),
        created_at: text(),
        updated_at: text(),
        email: Some(Email { primary: text(), secondary: text(), work: text(), other: text() }),
        name: Some(Name {
            prefix: text(),
            first_name: text(),
            middle_name: text(),
            last_name: text(),
            maiden_name: text(),
            suffix: text(),
        }),
        extras: Some(json!({})),
        phone_number: Some(PhoneNumber {
            home: text(),
            mobile: text(),
            work: text(),
            other: text(),
            preferred: text(),
        }),
        dob: text(),
        age: Some(1),
        addresses: Some(vec![Address {
            r#type: text(),
            address_line1: text(),
            address_line2: text(),
            city: text(),
            state: text(),
            zip_code: text(),
            country: text(),
            geocode: Some(Geocode { latitude: Some(1.5), longitude: Some(1.5) }),
        }]),
        gender: text(),
        marital_status: text(),
        religion: text(),
        race: text(),
        ethnicity: text(),
        guardians: Some(vec![Guardian { guardian_id: text(), relationship: text(), view_phi: Some(true) }]),
        conf_code: text(),
        languages: Some(vec![Language { language: text(), language_mode: text() }]),
        social_ids: Some(vec![SocialId { network: text(), handle: text() }]),
        mrns: Some(vec![Mrn { institutions_id: text(), mrn: text() }]),
        health_plans: Some(vec![HealthPlan {
            institutions_id: text(),
            r#type: text(),
            group_name: text(),
            group_id: text(),
            member_id: text(),
        }]),
        avatar: text(),
        profile_photo: text(),
        ssn: text(),
        r#type: text(),
    }
}

/// tests/types/model.ts holds this user, and TypeScript checks it against the published types: a key
/// too many or too few there, or one of another type, is an error.
#[test]
fn the_published_types_are_checked_against_every_field_of_the_model() {
    let user = serde_json::to_string_pretty(&whole_user()).unwrap();
    let expected = format!(
        "// Written by tests/model.rs: a user with every field that the Rust model has.\n\
         import type {{ User }} from \"catalyze-signin\";\n\
         import type {{ Whole }} from \"./whole.js\";\n\n\
         export const user = {user} satisfies Whole<User>;\n"
    );
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/types/model.ts");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &expected).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&file).unwrap_or_default(),
        expected,
        "the model has changed: run `UPDATE=1 cargo test --test model`, then mend pkg/types.d.ts"
    );
}
