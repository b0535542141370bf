//! The list of faults in three forms: for a terminal, for the documentation, for tests.

use serde_json::json;

use super::{FAULTS, Fault, Outcome};

/// `docs/faults.md` before its table.
const BEFORE_THE_TABLE: &str = "\
# Faults on demand

The sandbox can answer with the faults that a client meets sooner or later: a server that never answers, a body that is
cut off, the sign-in page of a hotel's network. Each has a base URL of its own, under which the whole API answers with
that fault. Change the base URL, and nothing else, to see what your application makes of it:

```js
await signIn(apiKey, username, password, { baseUrl: \"http://127.0.0.1:8080/fault/silence\" });
```

The demo page meets each of them, with plain `fetch` beside the client (`cargo xtask demo`, then *Try to break it*):

<picture>
  <source media=\"(prefers-color-scheme: dark)\" srcset=\"pictures/one-fault-dark.webp\">
  <img alt=\"Under silence, this client has ended with a timeout, and plain fetch is still waiting\" src=\"pictures/one-fault-light.webp\">
</picture>

| `/fault/…` | What the sandbox does | A sign-in should end with |
| --- | --- | --- |
";

/// `docs/faults.md` after its table.
const AFTER_THE_TABLE: &str = "
\"Success\" takes an account and the right password: `late`, `expires` and `flaky` pass requests on to the real API. All
others answer every request alike, whatever key, username and password it has. Where two outcomes are named, they take
turns. Preflight requests of browsers are always answered properly, so that the request itself meets the fault.

## Bounds

- `silence`, `stall`, `drip` and `endless` reset the connection after 2 minutes, whether the client reads or not.
- `drip` sends 100 bytes and `endless` 64 MiB; then they cut the answer off.
- For these and for `cut`, the log tells when they start, and when they stop and how many bytes of a body they have sent.
  They stop at once when the client leaves.
- `late-N` takes up to 120 seconds and `expires-N` up to 86,400.
- There are no faults on an address that other machines can reach, unless `sandbox serve` is given
  `--allow-remote-faults`.

## In tests

`sandbox faults --json` prints the table as an array of `{ name, path, does, expected }`, and `GET /fault` answers with
it; `expected` lists the outcome of each request in turn. `sandbox serve --fault-second-ms 10` makes a second last 10
milliseconds for all faults, so that a test of `late` takes a tenth of a second.

This page is made by `cargo run --package sandbox -- faults --markdown > docs/faults.md`.
";

/// A table for a terminal.
#[must_use]
pub fn text() -> String {
    let row = |name: &str, code: &str, does: &str| format!("{name:11}  {code:26}  {does}\n");
    let rows = FAULTS.iter().map(|fault| row(fault.name, &in_turn(fault, Outcome::code), fault.does));
    [row("NAME", "A SIGN-IN SHOULD END WITH", "WHAT THE SANDBOX DOES UNDER /fault/NAME")]
        .into_iter()
        .chain(rows)
        .collect()
}

/// The page `docs/faults.md`.
#[must_use]
pub fn markdown() -> String {
    let rows = FAULTS.iter().map(|fault| {
        let expected = in_turn(fault, |outcome| match outcome {
            Outcome::Success => "success".to_owned(),
            error => format!("`{}`", error.code()),
        });
        format!("| `{}` | {} | {expected} |\n", fault.name, fault.does)
    });
    format!("{BEFORE_THE_TABLE}{}{AFTER_THE_TABLE}", rows.collect::<String>())
}

/// A JSON array for the tests of clients, with one fault on each line.
#[must_use]
pub fn json() -> String {
    let rows = FAULTS.iter().map(|fault| {
        let expected: Vec<_> = fault.expected.iter().map(|outcome| outcome.code()).collect();
        let path = format!("/fault/{}", fault.name);
        json!({ "name": fault.name, "path": path, "does": fault.does, "expected": expected }).to_string()
    });
    format!("[\n{}\n]", rows.collect::<Vec<_>>().join(",\n"))
}

fn in_turn<T: AsRef<str>>(fault: &Fault, name: impl Fn(Outcome) -> T) -> String {
    fault.expected.iter().map(|outcome| name(*outcome).as_ref().to_owned()).collect::<Vec<_>>().join(", then ")
}
