//! The user, as the service describes one: everything but `usersId` may be missing.
//!
//! From the service's pages `create-a-user` and `sign-in` and its official clients. `null` is the
//! same as absent. Dates stay the strings that the service sent, since other shapes than the
//! documented one were seen in its answers.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Declares structs of the user model. Each field's name is the service's own, in Rust's spelling.
macro_rules! model {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$generic:ident = $default:ty>)?
        $(requires { $($(#[$required_doc:meta])* $required:ident: $required_type:ty,)* } and)?
        { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name $(<$generic = $default>)? {
            $($($(#[$required_doc])* pub $required: $required_type,)*)?
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
        }
    )*};
}

model! {
    /// A user. `Extras` is the type that the application keeps its own data in; any JSON by default.
    User<Extras = serde_json::Value> requires {
        /// The user's identifier, a UUID.
        users_id: String,
    } and {
        /// The name to sign in with. Some answers leave it out.
        username: String,
        /// Whether the e-mail address is confirmed. `false` is no error.
        active: bool,
        /// ISO 8601 in UTC, `2013-11-07T12:00:00Z`, made by the service.
        created_at: String,
        /// ISO 8601 in UTC, made by the service.
        updated_at: String,
        /// E-mail addresses.
        email: Email,
        /// The parts of the name.
        name: Name,
        /// Whatever JSON the application put there.
        extras: Extras,
        /// Telephone numbers.
        phone_number: PhoneNumber,
        /// The date of birth, `YYYY-MM-DD`.
        dob: String,
        /// Age in years.
        age: i64,
        /// Postal addresses.
        addresses: Vec<Address>,
        /// A display value, such as `Male`; there is no closed list.
        gender: String,
        /// A display value; there is no closed list.
        marital_status: String,
        /// A display value; there is no closed list.
        religion: String,
        /// A display value; there is no closed list.
        race: String,
        /// A display value, such as `Not Hispanic or Latino`; there is no closed list.
        ethnicity: String,
        /// The user's guardians.
        guardians: Vec<Guardian>,
        /// Confidentiality code.
        conf_code: String,
        /// Languages.
        languages: Vec<Language>,
        /// Names in social networks.
        social_ids: Vec<SocialId>,
        /// Medical record numbers.
        mrns: Vec<Mrn>,
        /// Health plans.
        health_plans: Vec<HealthPlan>,
        /// A picture: a URL, a path or a file's identifier.
        avatar: String,
        /// A photograph: a URL, a path or a file's identifier.
        profile_photo: String,
        /// Social security number, nine digits.
        ssn: String,
        /// A role that the application chose, such as `Physician`.
        r#type: String,
    }

    /// E-mail addresses of a user.
    Email {
        /// The address the account was opened with.
        primary: String,
        /// A second address.
        secondary: String,
        /// The address at work.
        work: String,
        /// Another address.
        other: String,
    }

    /// The parts of a user's name.
    Name {
        /// As in `Dr.`.
        prefix: String,
        /// Given name.
        first_name: String,
        /// Middle name.
        middle_name: String,
        /// Family name.
        last_name: String,
        /// Name at birth.
        maiden_name: String,
        /// As in `jr`.
        suffix: String,
    }

    /// Telephone numbers of a user.
    PhoneNumber {
        /// At home.
        home: String,
        /// Mobile.
        mobile: String,
        /// At work.
        work: String,
        /// Another number.
        other: String,
        /// The name of one of the others, as in `mobile`.
        preferred: String,
    }

    /// A postal address.
    Address {
        /// What kind of address it is.
        r#type: String,
        /// First line.
        address_line1: String,
        /// Second line.
        address_line2: String,
        /// City.
        city: String,
        /// State.
        state: String,
        /// Postal code.
        zip_code: String,
        /// Country.
        country: String,
        /// Where it is.
        geocode: Geocode,
    }

    /// A place on earth, in degrees.
    Geocode {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
    }

    /// A guardian of a user.
    Guardian {
        /// The guardian's own `usersId`.
        guardian_id: String,
        /// As in `mother`.
        relationship: String,
        /// Whether the guardian may see protected health information.
        view_phi: bool,
    }

    /// A language of a user.
    Language {
        /// The language.
        language: String,
        /// How it is used.
        language_mode: String,
    }

    /// A name in a social network.
    SocialId {
        /// The network.
        network: String,
        /// The name there.
        handle: String,
    }

    /// A medical record number.
    Mrn {
        /// The institution's identifier.
        institutions_id: String,
        /// The number there.
        mrn: String,
    }

    /// A health plan.
    HealthPlan {
        /// The institution's identifier.
        institutions_id: String,
        /// What kind of plan it is.
        r#type: String,
        /// The group's name.
        group_name: String,
        /// The group's identifier.
        group_id: String,
        /// The member's identifier.
        member_id: String,
    }
}
