//! Checks what must be true before a version is published. This publishes nothing: `docs/releasing.md` says how to.

mod links;

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::package;
use crate::steps::{run, say};
use crate::toolchain::host;
use crate::tree;

/// The files that npm adds to those that the manifest names.
const ALWAYS_PACKED: [&str; 2] = ["README.md", "package.json"];

/// The files that every published package and crate must have.
const PAPERS: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// The folders that the files of the crate come from. `Cargo.toml` names the files.
const CRATE_FILES: [&str; 7] =
    ["src/", "js/messages.js", "js/types.d.ts", "tests/sample-user.json", "CHANGELOG.md", "README.md", "LICENSE-"];

/// The files that cargo adds to them.
const ADDED_BY_CARGO: [&str; 4] = ["Cargo.toml", "Cargo.toml.orig", "Cargo.lock", ".cargo_vcs_info.json"];

/// Checks everything, reports what is wrong, and leaves the tarball and the crate to be looked at.
pub(crate) fn rehearse() -> Result<()> {
    package::make()?;
    let manifest: Value = serde_json::from_str(&fs::read_to_string(tree::package().join("package.json"))?)?;
    let mut findings = Vec::new();
    let mut check = |name: &str, work: &dyn Fn() -> Result<Vec<String>>| -> Result<()> {
        let found = work().with_context(|| name.to_owned())?;
        say(&format!("{} {name}", if found.is_empty() { '✓' } else { '✗' }));
        for finding in &found {
            say(&format!("  {finding}"));
        }
        findings.extend(found);
        Ok(())
    };
    check("versions and changelog", &|| {
        let changelog = fs::read_to_string(tree::root().join("CHANGELOG.md"))?;
        Ok(versions(env!("CARGO_PKG_VERSION"), &manifest, &changelog))
    })?;
    check("npm's manifest", &|| Ok(provenance(&manifest)))?;
    check("npm pack", &|| pack_npm(&manifest))?;
    check("cargo package", &pack_crate)?;
    check("links in the README on npm's page", &|| {
        let text = fs::read_to_string(tree::package().join("README.md"))?;
        Ok(links::dead_on_npm(&text))
    })?;
    match findings.len() {
        0 => say("ready to be published"),
        count => bail!("{count} things are in the way of a release"),
    }
    Ok(())
}

/// What is wrong with the versions. `version` is the workspace's, which is this program's own.
fn versions(version: &str, manifest: &Value, changelog: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if manifest["version"].as_str() != Some(version) {
        findings.push(format!("Cargo.toml has version {version}, and js/package.json {}", manifest["version"]));
    }
    let heading = format!("## {version} - ");
    let date = changelog.lines().find_map(|line| line.strip_prefix(&heading));
    if !date.is_some_and(is_date) {
        findings.push(format!("CHANGELOG.md has no heading \"{heading}<year>-<month>-<day>\""));
    }
    findings
}

fn is_date(text: &str) -> bool {
    let shape =
        |(place, letter): (usize, char)| if matches!(place, 4 | 7) { letter == '-' } else { letter.is_ascii_digit() };
    text.len() == 10 && text.chars().enumerate().all(shape)
}

/// What is missing for provenance: npm shows where a package was built only if the manifest asks for it and names the
/// repository.
fn provenance(manifest: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, wanted) in [("provenance", Value::from(true)), ("access", Value::from("public"))] {
        if manifest["publishConfig"][name] != wanted {
            findings.push(format!("publishConfig.{name} in js/package.json should be {wanted}"));
        }
    }
    if !manifest["repository"]["url"].is_string() {
        findings.push("js/package.json needs repository.url: without it npm refuses the provenance".to_owned());
    }
    findings
}

fn pack_npm(manifest: &Value) -> Result<Vec<String>> {
    let folder = tree::target().join("npm");
    fs::create_dir_all(&folder)?;
    let output = run(std::process::Command::new("npm")
        .args(["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination"])
        .arg(&folder)
        .current_dir(tree::package()))?;
    let report: Value = serde_json::from_str(&output).context("npm does not report what it has packed")?;
    let tarball = report[0]["filename"].as_str().context("npm does not name what it has packed")?;
    say(&format!("  {}, {} bytes", folder.join(tarball).display(), report[0]["size"]));
    let files = report[0]["files"].as_array().context("npm does not list what it has packed")?;
    let packed = names(files.iter().map(|file| &file["path"]));
    let named = manifest["files"].as_array().context("js/package.json names no files")?;
    let wanted = &names(named) | &ALWAYS_PACKED.map(String::from).into();
    Ok(differences(&packed, &wanted))
}

fn names<'a>(values: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    values.into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn differences(packed: &BTreeSet<String>, wanted: &BTreeSet<String>) -> Vec<String> {
    let strays = packed.difference(wanted).map(|name| format!("{name} is packed, and nothing asks for it"));
    let missing = wanted.difference(packed).map(|name| format!("{name} is not packed"));
    strays.chain(missing).chain(missing_papers(packed)).collect()
}

fn missing_papers(packed: &BTreeSet<String>) -> impl Iterator<Item = String> {
    PAPERS.into_iter().filter(|&name| !packed.contains(name)).map(|name| format!("{name} is not packed"))
}

fn pack_crate() -> Result<Vec<String>> {
    // A dry run must work before the commit, too. Not verified here, since the tests build the crate.
    let package = |more: &[&str]| {
        let mut command = host("package");
        command.args(["--package", "catalyze-signin", "--allow-dirty"]).args(more);
        run(&mut command)
    };
    let output = package(&["--list", "--quiet"])?;
    let packed: BTreeSet<String> = output.lines().map(|line| line.replace('\\', "/")).collect();
    ensure!(packed.contains("src/lib.rs"), "cargo does not list the files of the crate:\n{output}");
    package(&["--no-verify", "--quiet"])?;
    let folder = tree::target().join("package");
    say(&format!("  {}", folder.join(format!("catalyze-signin-{}.crate", env!("CARGO_PKG_VERSION"))).display()));
    let is_wanted =
        |name: &str| ADDED_BY_CARGO.contains(&name) || CRATE_FILES.iter().any(|start| name.starts_with(start));
    let strays =
        packed.iter().filter(|name| !is_wanted(name)).map(|name| format!("{name} is a stray file in the crate"));
    Ok(strays.chain(missing_papers(&packed)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_agree_and_the_changelog_is_dated() {
        let manifest = json!({ "version": "1.2.3" });
        assert_eq!(versions("1.2.3", &manifest, "# Changelog\n\n## 1.2.3 - 2026-01-31\n"), [""; 0]);
        assert_eq!(versions("1.2.3", &manifest, "## Unreleased\n").len(), 1);
        assert_eq!(versions("1.2.3", &manifest, "## 1.2.3 - soon\n").len(), 1);
        assert_eq!(versions("1.2.4", &manifest, "## 1.2.3 - 2026-01-31\n").len(), 2);
    }

    #[test]
    fn provenance_needs_the_repository() {
        let mut manifest = json!({ "publishConfig": { "access": "public", "provenance": true } });
        assert_eq!(provenance(&manifest).len(), 1);
        manifest["repository"] = json!({ "type": "git", "url": "git+https://git.example/a/b.git" });
        assert_eq!(provenance(&manifest), [""; 0]);
        assert_eq!(provenance(&json!({})).len(), 3);
    }

    #[test]
    fn stray_and_missing_files_are_reported() {
        let set = |files: &[&str]| -> BTreeSet<String> { files.iter().map(|&name| name.to_owned()).collect() };
        let papers = set(&PAPERS);
        assert_eq!(differences(&papers, &papers), [""; 0]);
        let packed = set(&["LICENSE-APACHE", "LICENSE-MIT", "README.md", "notes.txt"]);
        assert_eq!(differences(&packed, &papers), ["notes.txt is packed, and nothing asks for it"]);
        assert_eq!(differences(&set(&["LICENSE-MIT", "README.md"]), &set(&["README.md", "LICENSE-MIT"])).len(), 1);
    }
}
