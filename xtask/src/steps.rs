//! Running a step: its name when it starts, signs of life while it runs, its time when it ends.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Silence longer than this looks like a hang.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// How much of a failed command's output is worth reading.
const TAIL: usize = 80;

/// A command that ended with a failure, with all that it printed.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    pub(crate) output: String,
}

impl Failure {
    pub(crate) fn new(what: &str, output: String) -> Self {
        Self { what: what.to_owned(), output }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<&str> = self.output.lines().collect();
        let skipped = lines.len().saturating_sub(TAIL);
        writeln!(f, "{}", self.what)?;
        if skipped > 0 {
            writeln!(f, "    ({skipped} lines before this)")?;
        }
        for line in lines.iter().skip(skipped) {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// Announces a step, does it, and says how long it took.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    say(&format!("→ {name}"));
    let result = work();
    let mark = if result.is_ok() { '✓' } else { '✗' };
    say(&format!("{mark} {name} ({})", time(started.elapsed())));
    result
}

/// Runs a command to its end and returns what it printed; a failure carries the same text.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    run_within(command, None)
}

/// As [`run`], ended by force once `limit` is over.
pub(crate) fn run_within(command: &mut Command, limit: Option<Duration>) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let started = Instant::now();
    let (reader, writer) = std::io::pipe()?;
    // Both streams through one pipe, so that their lines keep their order.
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("{name} does not start"))?;
    // The command still holds this side's ends of the pipe: open, they would hide its end.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n') {
            let Ok(line) = line else { break };
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                break;
            }
        }
    });

    let mut output = String::new();
    let mut last = String::new();
    let mut beat = Instant::now();
    loop {
        let left = limit.map(|limit| limit.saturating_sub(started.elapsed()));
        let wait = HEARTBEAT.saturating_sub(beat.elapsed());
        match lines.recv_timeout(left.map_or(wait, |left| left.min(wait))) {
            Ok(line) => {
                if !line.trim().is_empty() {
                    line.trim().clone_into(&mut last);
                }
                output.push_str(&line);
                output.push('\n');
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if limit.is_some_and(|limit| started.elapsed() >= limit) {
            // It may have ended by itself a moment ago.
            let _ = child.kill();
            break;
        }
        if beat.elapsed() >= HEARTBEAT {
            let last: String = last.chars().take(100).collect();
            say(&format!("  … {}: {last}", time(started.elapsed())));
            beat = Instant::now();
        }
    }
    let status = child.wait()?;
    if status.success() {
        Ok(output)
    } else {
        let what = format!("{} ended with {status}:", shown(command));
        Err(Failure { what, output }.into())
    }
}

/// Prints a line; a closed pipe on the other side is no reason to stop.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// A duration as a person would say it.
pub(crate) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

/// The command as it could be typed, without its environment.
fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy()));
    words.join(" ")
}
