//! Every command a contributor needs.

#![forbid(unsafe_code)]

mod apt;
mod bench;
mod browser;
mod coverage;
mod demo;
mod examples;
mod fuzz;
mod matrix;
mod nodes;
mod npm;
mod pack;
mod package;
mod pictures;
mod readme;
mod release;
mod sandbox;
mod sizes;
mod steps;
mod test;
mod toolchain;
mod tree;
mod wasm_pack;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use wasm_bindgen_cli::{wasm_bindgen, wasm_bindgen_test_runner};

#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", about = "Every command a contributor needs.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build everything, and serve the demo page with a local service behind it until Ctrl-C.
    Demo {
        /// The port on 127.0.0.1 to listen on.
        #[arg(long, default_value_t = 8080)]
        port: u16,
    },
    /// Run every check. The last line says how many passed and how many failed.
    Test {
        /// Run only this check. May be given more than once.
        #[arg(long, value_name = "CHECK")]
        only: Vec<test::Check>,
        /// Run only the checks without a browser, a bundler or another compiler. Takes some minutes.
        #[arg(long, conflicts_with = "only")]
        quick: bool,
    },
    /// Build the npm package in pkg/ and print its sizes.
    Build,
    /// Measure how many lines of the client's core its tests reach. Fails below 98 %.
    Coverage,
    /// Fuzz the client's core, starting with the seeds in fuzz/corpus, and print the number of executions.
    Fuzz {
        /// How long each target runs.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Run every hostile case in Node and three browsers, and write docs/matrix.md.
    Matrix,
    /// Take the pictures of the demo in docs/pictures.
    Pictures,
    /// Check that everything is ready to be published, and pack it. Nothing is published: see docs/releasing.md.
    Release {
        /// Required, so that nobody takes this command for the release itself.
        #[arg(long, required = true)]
        dry_run: bool,
    },
    /// Measure sizes, cold starts and calls beside other clients, and write the tables in README.md.
    Bench {
        /// How often each client starts in each condition, after a warm-up.
        #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..))]
        rounds: u16,
        /// Measure only this part, and only print it. May be given more than once.
        #[arg(long, value_name = "PART")]
        only: Vec<bench::Part>,
    },
    /// Called by cargo to run a test for wasm32.
    #[command(hide = true, disable_help_flag = true)]
    WasmTestRunner {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Called by wasm-pack to make the glue.
    #[command(hide = true, disable_help_flag = true)]
    WasmBindgen {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Demo { port } => demo::serve(port),
        Command::Test { only, quick } => test::all(if quick { &test::QUICK } else { &only }),
        Command::Build => package::make(),
        Command::Coverage => coverage::measure(),
        Command::Fuzz { seconds } => fuzz::all(seconds),
        Command::Matrix => matrix::write(),
        Command::Pictures => pictures::take(),
        Command::Release { dry_run: _ } => release::rehearse(),
        Command::Bench { rounds, only } => bench::write(rounds, &only),
        Command::WasmTestRunner { arguments } => {
            let name = OsString::from("wasm-bindgen-test-runner");
            wasm_bindgen_test_runner::run_cli_with_args(std::iter::once(name).chain(arguments))
        }
        Command::WasmBindgen { arguments } => {
            wasm_bindgen::run_cli_with_args(std::iter::once(OsString::from("wasm-bindgen")).chain(arguments))
        }
    }
}
