//! `krgate hook install`: the file that git calls before a push (rule G142).

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::ci::Surroundings;
use crate::ci::git::Git;
use crate::cli::{Voice, output, refuse};
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Untrusted, visible};

/// The name of the hook.
const NAME: &str = "pre-push";

/// The hook. It hands on what git says, and its exit code.
const TEXT: &str = "\
#!/bin/sh
# Judges what is pushed, on the reports that are here. CI decides.
# To push all the same: git push --no-verify
exec krgate hook pre-push \"$@\"
";

/// Lines for a hook that is there already; what git writes to it can be read only once.
const LINES: &str = concat!(
    "    pushed=$(cat)\n",
    "    printf '%s\\n' \"$pushed\" | krgate hook pre-push \"$@\" || exit $?\n",
);

/// Writes the hook. Exit 0 if it is there afterwards, 2 if another one is, 4 if it cannot be
/// written.
pub(super) fn run(surroundings: &Surroundings, voice: Voice) -> ExitCode {
    match install(surroundings) {
        Ok(said) => output::to_stdout(said.as_bytes()),
        Err(diagnostic) => {
            let is_there = diagnostic.code == Code::HookIsThere;
            let code = refuse(&[*diagnostic], &[], voice);
            if is_there {
                voice.log.say(&instead());
            }
            code
        }
    }
}

fn install(surroundings: &Surroundings) -> Result<String, Box<Diagnostic>> {
    let git = Git::open(&surroundings.directory, &surroundings.environment)?;
    let folder = git.hooks()?;
    let path = folder.join(NAME);
    match write(&folder, &path) {
        Ok(()) => Ok(format!(
            "wrote {}\neach push is judged from now on; `git push --no-verify` pushes all the \
             same, and CI decides\n",
            visible(&path.to_string_lossy())
        )),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::read(&path).is_ok_and(|there| there == TEXT.as_bytes()) {
                return Ok(format!(
                    "{} is there already\n",
                    visible(&path.to_string_lossy())
                ));
            }
            Err(Box::new(
                Diagnostic::new(
                    Code::HookIsThere,
                    Message::from("there is a hook already, and it was left as it is: ")
                        .foreign(Untrusted::new(&path.to_string_lossy())),
                )
                .hint("add krgate to it, as below"),
            ))
        }
        Err(error) => Err(Box::new(
            Diagnostic::new(
                Code::OutputNotWritten,
                Message::from("cannot write ")
                    .foreign(Untrusted::new(&path.to_string_lossy()))
                    .own(": ")
                    .own(output::reason(error.kind())),
            )
            .hint("see what `git config core.hooksPath` says, and who may write there"),
        )),
    }
}

/// Makes the file, and never takes the place of another, be it a link that leads nowhere.
fn write(folder: &Path, path: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        // What is no folder is in the way of one, and is no hook.
        fs::create_dir_all(folder).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
            _ => error,
        })?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file
        .write_all(TEXT.as_bytes())
        .and_then(|()| make_executable(&file));
    if written.is_err() {
        // Half a hook would stop every push.
        let _ = fs::remove_file(path);
    }
    written
}

#[cfg(unix)]
fn make_executable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

fn instead() -> String {
    format!(
        "a shell script takes these lines, before anything else reads standard input; what reads \
         it after them (git-lfs) gets it as they do:\n\n{LINES}\na hook of lefthook, husky or \
         pre-commit: see docs/local-hooks.md\n"
    )
}
