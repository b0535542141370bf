//! Runs steps: prints the name of a step when it starts, signs of life while it runs, and its time when it ends.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Silence longer than this looks like a hang.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// How often to check whether a silent command still runs.
const GLANCE: Duration = Duration::from_millis(500);

/// The time limit of a command. None takes this long, even on a machine that is ten times slower.
const LIMIT: Duration = Duration::from_mins(30);

/// How many lines of a failed command's output are shown.
const TAIL: usize = 80;

/// A command that failed, with everything that it printed.
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

/// Prints the name of a step, does it, and prints how long it took.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    say(&format!("→ {name}"));
    let result = work();
    let mark = if result.is_ok() { '✓' } else { '✗' };
    say(&format!("{mark} {name} ({})", time(started.elapsed())));
    result
}

/// Runs a command to its end and returns what it printed. A [`Failure`] holds that text too.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    run_within(command, LIMIT)
}

/// Like [`run`], but kills the command when `limit` has passed.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let started = Instant::now();
    let (reader, writer) = std::io::pipe()?;
    // Both streams share one pipe, so that their lines keep their order.
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("{name} does not start"))?;
    // `command` still holds the writing ends of the pipe. If they stayed open, the pipe would never end.
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
    let ending = loop {
        match lines.recv_timeout(GLANCE) {
            Ok(line) => {
                if !line.trim().is_empty() {
                    line.trim().clone_into(&mut last);
                }
                output.push_str(&line);
                output.push('\n');
            }
            // A process that the command left behind may hold the pipe open for ever.
            Err(RecvTimeoutError::Timeout) if child.try_wait()?.is_some() => break format!("with {}", child.wait()?),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break format!("with {}", child.wait()?),
        }
        if started.elapsed() >= limit {
            // The command may have ended by itself a moment ago.
            let _ = child.kill();
            break format!("by force after {}", time(limit));
        }
        if beat.elapsed() >= HEARTBEAT {
            let last: String = last.chars().take(100).collect();
            say(&format!("  … {}: {last}", time(started.elapsed())));
            beat = Instant::now();
        }
    };
    if child.wait()?.success() {
        return Ok(output);
    }
    let what = format!("{} ended {ending}:", shown(command));
    Err(Failure { what, output }.into())
}

/// Prints a line. A closed pipe at the other end is ignored.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// A duration in words.
pub(crate) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

/// The command as one would type it, without its environment.
fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy()));
    words.join(" ")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_come_back_in_order() -> Result<()> {
        assert_eq!(run(&mut shell("echo one; echo two >&2; echo three"))?, "one\ntwo\nthree\n");
        Ok(())
    }

    #[test]
    fn a_failure_carries_what_was_printed() {
        let error = run(&mut shell("echo why; exit 3")).map_err(anyhow::Error::downcast::<Failure>);
        assert!(matches!(error, Err(Ok(failure)) if failure.output == "why\n"));
    }

    #[test]
    fn a_process_left_behind_holds_nothing_up() -> Result<()> {
        let process = run(&mut shell("sleep 600 & echo $!"))?;
        // Only a process that still runs can be killed.
        run(&mut shell(&format!("kill {}", process.trim())))?;
        Ok(())
    }

    #[test]
    fn what_takes_too_long_is_ended() {
        let ended = run_within(&mut shell("exec sleep 600"), Duration::from_secs(1));
        assert!(ended.is_err_and(|error| error.to_string().contains("ended by force")));
    }

    #[test]
    fn minutes_are_written_as_minutes() {
        assert_eq!(time(Duration::from_millis(1240)), "1.2 s");
        assert_eq!(time(Duration::from_secs(125)), "2 min 05 s");
    }
}
