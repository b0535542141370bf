//! Finds the compiler that builds for wasm32.
//!
//! The standard library is always built from source (`-Zbuild-std`). Only so is the module small, and it works with
//! compilers that have no standard library for wasm32.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::apt;
use crate::steps::{run, run_within, say};
use crate::tree;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Makes cargo build the standard library too.
pub(crate) const BUILD_STD: &str = "-Zbuild-std=std,panic_abort";

/// The folder of the distribution's compiler.
const DEBIAN: &str = "/usr/bin";

/// The time limit for rustup. Offline it gives up by itself, but not behind a firewall that drops packets.
const RUSTUP_LIMIT: Duration = Duration::from_mins(2);

/// A compiler with its cargo and the source of its standard library.
#[derive(Debug)]
pub(crate) struct Toolchain {
    bin: PathBuf,
    version: Version,
    /// The folder of the further programs that rustup has for this toolchain.
    tools: PathBuf,
}

/// `major.minor.patch`.
type Version = [u64; 3];

impl Toolchain {
    /// The first toolchain that can build for wasm32: the active one, Debian's, or one of them after installing what it
    /// lacks.
    ///
    /// Toolchains that need no download come first, so that a second run never waits for the network.
    pub(crate) fn find() -> Result<Self> {
        let active = Self::active()?;
        if active.has_source() {
            return Ok(active);
        }
        if let Some(debian) = Self::debian() {
            return Ok(debian);
        }
        if add_component("rust-src") && active.has_source() {
            return Ok(active);
        }
        install_debian().with_context(|| {
            format!("rustc {} cannot build for {TARGET}: run `rustup component add rust-src`", dotted(active.version))
        })?;
        Self::debian().context("the compiler just installed is not where it should be")
    }

    /// The toolchain that `cargo` would use, without going through rustup's proxies.
    pub(crate) fn active() -> Result<Self> {
        let sysroot = run(clean(&mut Command::new("rustc")).args(["--print", "sysroot"]))?;
        let sysroot = Path::new(sysroot.trim());
        let bin = sysroot.join("bin");
        let (version, host) = identify(&bin.join("rustc"))?;
        Ok(Self { tools: sysroot.join(format!("lib/rustlib/{host}/bin")), bin, version })
    }

    /// Debian's toolchain, if it is complete and not older than this workspace requires.
    fn debian() -> Option<Self> {
        let bin = PathBuf::from(DEBIAN);
        let (version, _) = identify(&bin.join("rustc")).ok()?;
        // Debian's linker is in another package. The linker of any other toolchain will do.
        let found = Self { bin, version, tools: Self::active().ok()?.tools };
        let complete = found.has_source() && found.has("cargo") && found.linker().is_some();
        (complete && version >= oldest()).then_some(found)
    }

    fn has_source(&self) -> bool {
        self.has("../lib/rustlib/src/rust/library/Cargo.lock")
    }

    fn linker(&self) -> Option<PathBuf> {
        newest_wasm_ld(&self.bin).or_else(|| self.tool("rust-lld"))
    }

    /// A program of one of rustup's components.
    pub(crate) fn tool(&self, name: &str) -> Option<PathBuf> {
        let path = self.tools.join(name);
        path.is_file().then_some(path)
    }

    /// `cargo <subcommand>` for wasm32, the standard library included.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        self.cargo_in(&tree::wasm_target(), subcommand)
    }

    /// The same for another workspace. It needs a target folder of its own: the library is also a `cdylib`, so its file
    /// has the same name in every build, and cargo would link one workspace with what the other one built.
    pub(crate) fn cargo_in(&self, target: &Path, subcommand: &str) -> Command {
        let tool = match subcommand {
            "clippy" => "cargo-clippy",
            _ => "cargo",
        };
        let mut command = Command::new(self.bin.join(tool));
        self.for_wasm(&mut command)
            .arg(subcommand)
            .args(["--target", TARGET, BUILD_STD])
            .arg("--target-dir")
            .arg(target);
        command
    }

    /// Sets the environment in which cargo, or a program that calls it, builds for wasm32 with [`BUILD_STD`].
    pub(crate) fn for_wasm<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        clean(command)
            .current_dir(tree::root())
            // Lets a stable compiler accept the unstable flags.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", self.bin.join("rustc"))
            .env("CARGO", self.bin.join("cargo"));
        // They are meant for the host's build, and `RUSTFLAGS` would override the flags for wasm32.
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTDOC"] {
            command.env_remove(name);
        }
        if let Some(linker) = self.linker() {
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }

    /// The folder of the toolchain's programs.
    pub(crate) fn bin(&self) -> &Path {
        &self.bin
    }

    /// Installs this compiler's clippy if it is missing.
    pub(crate) fn require_clippy(&self) -> Result<()> {
        if self.has("cargo-clippy") {
            return Ok(());
        }
        if self.bin == Path::new(DEBIAN) {
            return apt::install(&["rust-web-clippy"]);
        }
        ensure!(add_component("clippy") && self.has("cargo-clippy"), "needs clippy: rustup component add clippy");
        Ok(())
    }

    fn has(&self, program: &str) -> bool {
        self.bin.join(program).is_file()
    }
}

/// `cargo <subcommand>` for this machine, with the active toolchain.
pub(crate) fn host(subcommand: &str) -> Command {
    let mut command = Command::new("cargo");
    clean(&mut command).current_dir(tree::root()).arg(subcommand);
    command
}

/// `cargo fmt` or `cargo clippy`. Installed if the active toolchain lacks it; if that fails, Debian's.
pub(crate) fn host_tool(tool: &str) -> Result<Command> {
    let program = format!("cargo-{tool}");
    let (component, package) = match tool {
        "fmt" => ("rustfmt", "rustfmt-web"),
        _ => ("clippy", "rust-web-clippy"),
    };
    let active = Toolchain::active()?;
    if active.has(&program) || (add_component(component) && active.has(&program)) {
        return Ok(host(tool));
    }
    let debian = Path::new(DEBIAN);
    if !debian.join(&program).is_file() {
        apt::install(&[package])
            .with_context(|| format!("needs {component}: run `rustup component add {component}`"))?;
    }
    let mut command = Command::new(debian.join(program));
    clean(&mut command)
        .current_dir(tree::root())
        .arg(tool)
        .env("RUSTC", debian.join("rustc"))
        .env("RUSTFMT", debian.join("rustfmt"))
        .env("CARGO", debian.join("cargo"));
    Ok(command)
}

impl std::fmt::Display for Toolchain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "rustc {} in {}", dotted(self.version), self.bin.display())
    }
}

/// Removes the variables that the cargo which runs this program has set.
///
/// `RUSTUP_TOOLCHAIN` stays: with `cargo +nightly xtask`, it is the contributor's choice.
pub(crate) fn clean(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let leaked = matches!(text, "CARGO" | "OUT_DIR" | "LD_LIBRARY_PATH" | "DYLD_FALLBACK_LIBRARY_PATH")
            || text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_");
        if leaked {
            command.env_remove(&name);
        }
    }
    command
}

/// `rustup component add`, without output. `false` if there is no rustup or no network.
pub(crate) fn add_component(name: &str) -> bool {
    if apt::which("rustup").is_none() {
        return false;
    }
    let mut command = Command::new("rustup");
    let added = run_within(clean(&mut command).args(["component", "add", name]), RUSTUP_LIMIT);
    if added.is_ok() {
        say(&format!("  rustup added {name}"));
    }
    added.is_ok()
}

fn install_debian() -> Result<()> {
    let mut packages = vec!["rustc-web", "cargo-web", "rust-web-src"];
    if !apt::offers("^rustc-web$")?.iter().any(|name| name == "rustc-web") {
        bail!("the distribution offers no compiler that is new enough");
    }
    let linkers = apt::offers("^lld-[0-9]+$")?;
    // If there is none, rustup's own linker will do.
    packages.extend(linkers.iter().max_by_key(|name| number_after(name, "lld-")).map(String::as_str));
    apt::install(&packages)
}

fn newest_wasm_ld(bin: &Path) -> Option<PathBuf> {
    std::fs::read_dir(bin)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some((number_after(&name, "wasm-ld-")?, name)))
        .max()
        .map(|(_, name)| bin.join(name))
}

fn number_after(name: &str, prefix: &str) -> Option<u64> {
    name.strip_prefix(prefix)?.parse().ok()
}

/// The release and the host triple, from `rustc -vV`.
fn identify(rustc: &Path) -> Result<(Version, String)> {
    let text = run(clean(&mut Command::new(rustc)).arg("-vV"))?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let version = field("release: ")
        .and_then(version)
        .with_context(|| format!("{} does not say its release", rustc.display()))?;
    Ok((version, field("host: ").unwrap_or_default().to_owned()))
}

/// The oldest compiler that this workspace is tested with.
fn oldest() -> Version {
    version(env!("CARGO_PKG_RUST_VERSION")).unwrap_or_default()
}

/// Reads `1.96.0`, `1.96` and `1.98.0-nightly`.
fn version(text: &str) -> Option<Version> {
    let mut numbers = text.split(['.', '-']).map_while(|part| part.parse::<u64>().ok());
    Some([numbers.next()?, numbers.next()?, numbers.next().unwrap_or_default()])
}

fn dotted([major, minor, patch]: Version) -> String {
    format!("{major}.{minor}.{patch}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_read_with_and_without_its_patch_and_channel() {
        assert_eq!(version("1.96.0"), Some([1, 96, 0]));
        assert_eq!(version("1.95"), Some([1, 95, 0]));
        assert_eq!(version("1.98.0-nightly"), Some([1, 98, 0]));
        assert_eq!(version("unknown"), None);
    }

    #[test]
    fn the_newest_linker_is_the_one_with_the_highest_number() {
        assert_eq!(number_after("lld-22", "lld-"), Some(22));
        assert_eq!(number_after("lld-22-dev", "lld-"), None);
        assert!(number_after("wasm-ld-9", "wasm-ld-") < number_after("wasm-ld-22", "wasm-ld-"));
    }
}
