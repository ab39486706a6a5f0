//! The budgets of krgate, measured.
//!
//! `cargo bench --locked` makes the inputs from fixed seeds in a temporary folder (about
//! 600 MB), runs the release binary over them, and prints one table: input, figure, ratio,
//! budget, met or not. What each row means is in `docs/performance.md`.
//!
//! Options, after `--`: `--quick` takes a tenth of the sizes and fewer rounds, for trying
//! out; `--keep FOLDER` writes the inputs there and leaves them; `--only matching` measures B9
//! alone, `--only ledger` B8, `--only secrets` the reports of gitleaks and `TruffleHog`.
//!
//! It is a yardstick, no test: it exits with 0 whether budgets are met or not, and with 1
//! only where it could not measure at all. Figures that are compared come from the same run
//! on the same machine, in turns, the least of several; milliseconds alone say little.
//!
//! Each figure is of one process (see [`measure`]); reading starts from files that were just
//! written, so the page cache holds them.

#[cfg(unix)]
mod gate;
#[cfg(unix)]
mod inputs;
#[cfg(unix)]
mod json;
#[cfg(unix)]
mod ledger;
#[cfg(unix)]
mod matching;
#[cfg(unix)]
mod measure;
#[cfg(unix)]
mod peers;
#[cfg(unix)]
mod rows;
#[cfg(unix)]
mod sarif;
#[cfg(unix)]
mod secrets;
#[cfg(unix)]
mod seed;
#[cfg(unix)]
mod table;

use std::error::Error;
use std::io::{self, Write as _};

#[cfg(unix)]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, _)) if first == measure::EMPTY => Ok(()),
        Some((first, rest)) if first == measure::SKIP => measure::skip(rest),
        Some((first, rest)) if first == measure::READ => measure::read(rest),
        Some((first, rest)) if first == measure::MEASURE => measure::measure(rest),
        _ if arguments.iter().any(|argument| argument == "--bench") => bench(&arguments),
        // `cargo test --all-targets` runs benchmarks too, without `--bench`.
        _ => Ok(writeln!(
            io::stdout().lock(),
            "run by `cargo bench`, no test"
        )?),
    }
}

#[cfg(unix)]
fn bench(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let mut quick = false;
    let mut kept = None;
    let mut only = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--bench" => {}
            "--quick" => quick = true,
            "--keep" => kept = Some(rest.next().ok_or("--keep needs a folder")?),
            "--only" => {
                let row = rest.next().ok_or("--only needs a row")?;
                only = Some(row.as_str());
            }
            _ => {
                return Err(
                    "unknown option; there are --quick, --keep FOLDER, --only matching, \
                     --only ledger and --only secrets"
                        .into(),
                );
            }
        }
    }
    let temporary = tempfile::tempdir()?;
    let folder = match kept {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            std::fs::canonicalize(folder)?
        }
        None => temporary.path().to_owned(),
    };
    let budgets = rows::Budgets::new(folder, quick);
    let rows = match only {
        None => budgets.measure()?,
        Some("matching") => budgets.measure_matching()?,
        Some("ledger") => budgets.measure_ledger()?,
        Some("secrets") => budgets.measure_secrets()?,
        Some(_) => return Err("--only takes matching, ledger or secrets".into()),
    };
    let mut out = io::stdout().lock();
    if quick {
        writeln!(out, "a tenth of the sizes: budgets are for the full ones")?;
    }
    write!(out, "{}", table::render(&rows))?;
    Ok(())
}

#[cfg(not(unix))]
fn main() -> Result<(), Box<dyn Error>> {
    Ok(writeln!(
        io::stdout().lock(),
        "not measured: there is no getrusage on this platform"
    )?)
}
