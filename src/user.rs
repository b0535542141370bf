//! The user, as the service describes one: everything but `usersId` may be missing.
//!
//! The model follows the service's pages `create-a-user` and `sign-in` and its official clients. `null` is the same as
//! absent. Dates stay the strings that the service sent, since its answers do not always have the documented form.

use serde::{Deserialize, Serialize};

use crate::shape::{Shape, Shaped};

/// Declares structs of the user model, and their shapes. Each field has its Rust name, its JSON name
/// and its type.
macro_rules! model {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$generic:ident = $default:ty>)?
        $(requires { $($(#[$required_doc:meta])* $required:ident $required_json:literal: $required_type:ty,)* } and)?
        { $($(#[$field_doc:meta])* $field:ident $json:literal: $type:ty,)* }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct $name $(<$generic = $default>)? {
            $($($(#[$required_doc])* #[serde(rename = $required_json)] pub $required: $required_type,)*)?
            $(
                $(#[$field_doc])*
                #[serde(rename = $json, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
        }

        impl $(<$generic>)? Shaped for $name $(<$generic>)?
        $(where $generic: Shaped)?
        {
            const SHAPE: &'static Shape = &Shape::Object(&[
                $($(($required_json, <$required_type>::SHAPE),)*)?
                $(($json, <$type>::SHAPE),)*
            ]);
        }
    )*};
}

model! {
    /// A user. `Extras` is the type that the application keeps its own data in; any JSON by default.
    User<Extras = serde_json::Value> requires {
        /// The user's identifier, a UUID.
        users_id "usersId": String,
    } and {
        /// The name to sign in with. Some answers leave it out.
        username "username": String,
        /// Whether the e-mail address is confirmed. `false` is no error.
        active "active": bool,
        /// ISO 8601 in UTC, `2013-11-07T12:00:00Z`, made by the service.
        created_at "createdAt": String,
        /// ISO 8601 in UTC, made by the service.
        updated_at "updatedAt": String,
        /// E-mail addresses.
        email "email": Email,
        /// The parts of the name.
        name "name": Name,
        /// Whatever JSON the application put there.
        extras "extras": Extras,
        /// Telephone numbers.
        phone_number "phoneNumber": PhoneNumber,
        /// The date of birth, `YYYY-MM-DD`.
        dob "dob": String,
        /// Age in years.
        age "age": i64,
        /// Postal addresses.
        addresses "addresses": Vec<Address>,
        /// A display value, such as `Male`; there is no closed list.
        gender "gender": String,
        /// A display value; there is no closed list.
        marital_status "maritalStatus": String,
        /// A display value; there is no closed list.
        religion "religion": String,
        /// A display value; there is no closed list.
        race "race": String,
        /// A display value, such as `Not Hispanic or Latino`; there is no closed list.
        ethnicity "ethnicity": String,
        /// The user's guardians.
        guardians "guardians": Vec<Guardian>,
        /// Confidentiality code.
        conf_code "confCode": String,
        /// Languages.
        languages "languages": Vec<Language>,
        /// Names in social networks.
        social_ids "socialIds": Vec<SocialId>,
        /// Medical record numbers.
        mrns "mrns": Vec<Mrn>,
        /// Health plans.
        health_plans "healthPlans": Vec<HealthPlan>,
        /// A picture: a URL, a path or a file's identifier.
        avatar "avatar": String,
        /// A photograph: a URL, a path or a file's identifier.
        profile_photo "profilePhoto": String,
        /// Social security number, nine digits.
        ssn "ssn": String,
        /// A role that the application chose, such as `Physician`.
        r#type "type": String,
    }

    /// E-mail addresses of a user.
    Email {
        /// The address the account was opened with.
        primary "primary": String,
        /// A second address.
        secondary "secondary": String,
        /// The address at work.
        work "work": String,
        /// Another address.
        other "other": String,
    }

    /// The parts of a user's name.
    Name {
        /// As in `Dr.`.
        prefix "prefix": String,
        /// Given name.
        first_name "firstName": String,
        /// Middle name.
        middle_name "middleName": String,
        /// Family name.
        last_name "lastName": String,
        /// Name at birth.
        maiden_name "maidenName": String,
        /// As in `jr`.
        suffix "suffix": String,
    }

    /// Telephone numbers of a user.
    PhoneNumber {
        /// At home.
        home "home": String,
        /// Mobile.
        mobile "mobile": String,
        /// At work.
        work "work": String,
        /// Another number.
        other "other": String,
        /// The name of one of the others, as in `mobile`.
        preferred "preferred": String,
    }

    /// A postal address.
    Address {
        /// What kind of address it is.
        r#type "type": String,
        /// First line.
        address_line1 "addressLine1": String,
        /// Second line.
        address_line2 "addressLine2": String,
        /// City.
        city "city": String,
        /// State.
        state "state": String,
        /// Postal code.
        zip_code "zipCode": String,
        /// Country.
        country "country": String,
        /// Where it is.
        geocode "geocode": Geocode,
    }

    /// A place on earth, in degrees.
    Geocode {
        /// Degrees north.
        latitude "latitude": f64,
        /// Degrees east.
        longitude "longitude": f64,
    }

    /// A guardian of a user.
    Guardian {
        /// The guardian's own `usersId`.
        guardian_id "guardianId": String,
        /// As in `mother`.
        relationship "relationship": String,
        /// Whether the guardian may see protected health information.
        view_phi "viewPhi": bool,
    }

    /// A language of a user.
    Language {
        /// The language.
        language "language": String,
        /// How it is used.
        language_mode "languageMode": String,
    }

    /// A name in a social network.
    SocialId {
        /// The network.
        network "network": String,
        /// The name there.
        handle "handle": String,
    }

    /// A medical record number.
    Mrn {
        /// The institution's identifier.
        institutions_id "institutionsId": String,
        /// The number there.
        mrn "mrn": String,
    }

    /// A health plan.
    HealthPlan {
        /// The institution's identifier.
        institutions_id "institutionsId": String,
        /// What kind of plan it is.
        r#type "type": String,
        /// The group's name.
        group_name "groupName": String,
        /// The group's identifier.
        group_id "groupId": String,
        /// The member's identifier.
        member_id "memberId": String,
    }
}
