//! Starting the command that writes a report, where somebody trusts it: no shell, no terminal,
//! a time limit, and none of krgate's own secrets.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Environment;
use super::git::is_passed_on;

/// Why a command is believed to have written nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanFault {
    /// The program is not there, or may not be started.
    NotStarted,
    /// It ended with this code; `None` if a signal ended it.
    Ended(Option<i32>),
    /// It took longer than the limit, and was ended.
    TooLong,
}

/// Runs a command in a folder to its end. What it prints is not kept: it may hold what a
/// scanner found.
///
/// # Errors
/// If it was not started, did not end with code 0, or took longer than `limit`.
pub fn run(
    words: &[String],
    directory: &Path,
    environment: &Environment,
    limit: Duration,
) -> Result<(), ScanFault> {
    let (program, arguments) = words.split_first().ok_or(ScanFault::NotStarted)?;
    let end = Instant::now() + limit;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .envs(environment.all().filter(|(name, _)| is_passed_on(name)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    apart(&mut command);
    let mut child = command.spawn().map_err(|_| ScanFault::NotStarted)?;
    let ended = wait(&mut child, end);
    if ended.is_none() {
        stop(&mut child);
    }
    match ended {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(ScanFault::Ended(status.code())),
        None => Err(ScanFault::TooLong),
    }
}

fn wait(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(pause),
            _ => return None,
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// A group of its own, so that the end of the time ends what the scanner started too.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}

fn stop(child: &mut Child) {
    if cfg!(unix) {
        // The shell's own `kill` is there where no program of that name is.
        let _ = Command::new("/bin/sh")
            .args(["-c", "kill -KILL \"-$1\"", "sh", &child.id().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, limit: Duration) -> Result<(), ScanFault> {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        let environment = Environment::from_pairs([
            ("PATH", "/usr/bin:/bin"),
            ("KRGATE_SECRET_KEY", "not-to-be-seen"),
            ("GITHUB_TOKEN", "not-to-be-seen"),
            ("GIT_DIR", "/elsewhere"),
            ("PLAIN", "1"),
        ]);
        run(&words, Path::new("/"), &environment, limit)
    }

    #[test]
    fn a_command_ends_well_or_says_why_not() {
        let long = Duration::from_mins(1);
        assert_eq!(sh("exit 0", long), Ok(()));
        assert_eq!(sh("exit 7", long), Err(ScanFault::Ended(Some(7))));
        assert_eq!(sh("kill -KILL $$", long), Err(ScanFault::Ended(None)));
        let none = ["/no/such/program".to_owned()];
        let none = run(&none, Path::new("/"), &Environment::default(), long);
        assert_eq!(none, Err(ScanFault::NotStarted));
        let secrets = "test -z \"$KRGATE_SECRET_KEY$GITHUB_TOKEN$GIT_DIR\" && test \"$PLAIN\" = 1";
        assert_eq!(sh(secrets, long), Ok(()));
        assert_eq!(sh("read line", long), Err(ScanFault::Ended(Some(1))));
    }

    #[test]
    fn the_end_of_the_time_ends_what_was_started_too() {
        let folder = tempfile::TempDir::new().unwrap();
        let mark = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! >'{}'; wait", mark.display());
        let mut limit = Duration::from_millis(200);
        // On a slow machine the shell may not have come to write its mark.
        while !mark.exists() || std::fs::read_to_string(&mark).unwrap().is_empty() {
            assert_eq!(sh(&script, limit), Err(ScanFault::TooLong));
            limit *= 2;
        }
        let pid = std::fs::read_to_string(&mark).unwrap();
        let pid = pid.trim();
        // What nobody waits for stays in the table of processes, as one that is over.
        let is_there = format!("kill -0 {pid} && ! grep -q '^State:.Z' /proc/{pid}/status");
        for _ in 0..200 {
            if sh(&is_there, Duration::from_mins(1)).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("{pid} still runs");
    }
}
