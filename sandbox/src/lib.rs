//! A local Catalyze BaaS: the real routes over a real database, for development, the demo and the
//! tests.
//!
//! | route | success |
//! | --- | --- |
//! | `POST /v2/auth/signin` | 200, the user object with `sessionToken` mixed in |
//! | `GET /v2/auth/signout` | 200, `{}` |
//! | `GET /v2/auth/verify` | 200, `{"userId"}` |
//! | `GET /v2/users/{usersId}` | 200, the user object |
//! | `POST /v2/users` | 200, the user object |
//!
//! Under `/fault/<name>` the same routes answer with a fault: see [`faults`].
//!
//! Every refusal, on any path, has the body `{"errors":[{"message","code"}]}`, its `code` being
//! the HTTP status, as in every captured answer of the service.
//!
//! # Assumptions
//!
//! The service is gone, and public sources leave these questions open. Each row is a choice of the sandbox, not
//! evidence of what the service did.
//!
//! | question | here | because |
//! | --- | --- | --- |
//! | wrong password | 401 | the nearest entry of the published table |
//! | unknown username at sign-in | 404, after the same argon2 work as a wrong password | the official example takes 404 as "not registered" |
//! | account not active | 403, and only with the right password | 403 is "lacks the permission"; a stranger learns nothing |
//! | who is active | a column of its own, true unless `user add --inactive`; the JSON's `active` decides nothing | the documented sample says `"active":false` and signs in |
//! | `X-Api-Key` missing, malformed, unknown, or of another type or identifier | 403 | no source; 401 would mean the session |
//! | which applications there are | one per database: every key names it | enough for development |
//! | `Authorization` at sign-in and sign-up | ignored | official clients send `Bearer null` there and succeed |
//! | request `Content-Type` and `Accept` | ignored | the guide's own curl omits the JSON type |
//! | unknown fields at sign-in | ignored | the reference page's sample posts a whole user object |
//! | `username` or `password` that is empty, or holds U+0000 | 400 | no account can have one |
//! | failures in a row for one username under one key | 429 with `Retry-After` after 10 (`--max-failures`), for 60 s after the last (`--failure-seconds`), unknown usernames included; a right password resets | limits existed; how they answered is unknown |
//! | lifetime of a session | 24 h from sign-in, not sliding (`--session-seconds`) | the guide says 24 h and no more |
//! | several sessions of one user | coexist; sign-out ends its own | an official test suite signs one user in several times and goes on |
//! | sign-out with a dead token | 401 | like every other route |
//! | another user's `GET /users/{usersId}` | 403; 404 when there is none | the message is the one capture of a 403 |
//! | taken username at sign-up | 400 | the published table has no 409 |
//! | required at sign-up | `username`, `password`, `email.primary`; `null` counts as absent elsewhere | what every first-party client sends |
//! | `usersId`, `active`, `createdAt`, `updatedAt`, `sessionToken` in a sign-up | ignored: the server makes them | the reference page's sample posts them |
//! | a new account | active at once, since no mail is sent; no `sessionToken` in the answer | SDKs disagree; a client must not count on one |
//! | size of a body | 413 over 64 KiB | no source |
//! | unknown route, wrong method | 404, 405, before the key is looked at | no source |
//! | CORS | any origin; `GET`, `POST`; `Accept`, `Authorization`, `Content-Type`, `X-Api-Key`; `Retry-After` exposed; no credentials | browsers were supported; the values are unknown |
//!
//! # What is recorded
//!
//! The log has the method, path, status and milliseconds of each request. Only `--record`, which is for tests, writes
//! down headers and bodies, **secrets included**.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::expect_used))]

pub mod accounts;
pub mod connection;
pub mod cors;
pub mod credentials;
pub mod database;
pub mod faults;
pub mod json;
pub mod keys;
pub mod passwords;
pub mod refusal;
pub mod routes;
pub mod server;
pub mod sessions;
pub mod site;
pub mod throttle;
pub mod uuid;
pub mod wire;
