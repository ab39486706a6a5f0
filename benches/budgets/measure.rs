//! CPU time, wall time and peak memory of one process.
//!
//! `getrusage` tells of *all* ended children at once, so each measurement gets a process of
//! its own: this binary calls itself with [`MEASURE`], that small process starts the command,
//! waits for it and prints what it used. A child's peak begins at that of the process that
//! started it, hence the small one in between; about 3 MiB is the least that can be read.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::signal::{Signal, killpg};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;
use serde::de::IgnoredAny;

/// First argument of the process that measures another: limit in seconds (0: none), file for
/// standard output (`-`: thrown away), then the command.
pub(crate) const MEASURE: &str = "--measure";
/// First argument of the process that returns at once.
pub(crate) const EMPTY: &str = "--empty";
/// First argument of the process that skips over files: how often, then the files.
pub(crate) const SKIP: &str = "--skip";

/// First argument of the process that reads files and does nothing with them.
pub(crate) const READ: &str = "--read";

/// What one process used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    /// User and system time.
    pub(crate) cpu: Duration,
    /// From start to end.
    pub(crate) wall: Duration,
    /// Most memory that it held at once, in bytes.
    pub(crate) peak: u64,
    /// Its exit code; `None` if it was ended by a signal or by the limit.
    pub(crate) code: Option<i32>,
}

impl Figure {
    /// The least of both, figure by figure; the later exit code.
    pub(crate) fn least(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.min(other.cpu),
            wall: self.wall.min(other.wall),
            peak: self.peak.min(other.peak),
            code: other.code,
        }
    }
}

/// A command to measure.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// The program and its arguments.
    pub(crate) command: Vec<String>,
    /// Where it runs.
    pub(crate) folder: PathBuf,
    /// Where its standard output goes; `None`: nowhere.
    pub(crate) answer: Option<PathBuf>,
    /// After so many seconds it is ended.
    pub(crate) limit: Option<u64>,
    /// True if it gets the variables of the environment; without, nothing of a CI or of a
    /// user's set-up changes what it does.
    pub(crate) environment: bool,
}

/// Runs a command once.
pub(crate) fn once(run: &Run) -> Result<Figure, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg(MEASURE)
        .arg(run.limit.unwrap_or(0).to_string())
        .arg(run.answer.as_deref().unwrap_or(Path::new("-")))
        .args(&run.command)
        .current_dir(&run.folder)
        .stderr(Stdio::null());
    if !run.environment {
        command.env_clear();
    }
    let output = command.output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.split_whitespace();
    let mut number = || -> Result<u64, Box<dyn Error>> {
        let word = words.next().ok_or("the measuring process said nothing")?;
        Ok(word.parse()?)
    };
    let (cpu, wall, peak) = (number()?, number()?, number()?);
    Ok(Figure {
        cpu: Duration::from_nanos(cpu),
        wall: Duration::from_nanos(wall),
        peak,
        code: words.next().and_then(|code| code.parse().ok()),
    })
}

/// The CPU time of `serde_json`'s skip pass over the files, the least of `times` passes.
///
/// A pass reads the files in pieces, as [`read_only`] does, and ignores the same bytes from
/// memory. Filling 200 MB of fresh memory costs more than either and is left out: a mapped
/// file would spare it, which takes unsafe code.
pub(crate) fn skip_pass(
    files: &[PathBuf],
    times: u32,
    folder: &Path,
) -> Result<Figure, Box<dyn Error>> {
    let answer = folder.join("skip-pass.txt");
    let mut command = vec![own_name()?, SKIP.to_owned(), times.to_string()];
    command.extend(files.iter().map(|file| file.display().to_string()));
    let figure = once(&Run {
        command,
        folder: folder.to_owned(),
        answer: Some(answer.clone()),
        limit: None,
        environment: false,
    })?;
    let nanoseconds = fs::read_to_string(&answer)?.trim().parse()?;
    Ok(Figure {
        cpu: Duration::from_nanos(nanoseconds),
        ..figure
    })
}

/// A process that reads the files in pieces of 256 KiB: what the system alone costs.
pub(crate) fn read_only(files: &[PathBuf], folder: &Path) -> Result<Figure, Box<dyn Error>> {
    let mut command = vec![own_name()?, READ.to_owned()];
    command.extend(files.iter().map(|file| file.display().to_string()));
    once(&Run {
        command,
        folder: folder.to_owned(),
        answer: None,
        limit: None,
        environment: false,
    })
}

/// A program that does nothing, started as the measured ones are.
pub(crate) fn empty_program(folder: &Path) -> Result<Figure, Box<dyn Error>> {
    once(&Run {
        command: vec![own_name()?, EMPTY.to_owned()],
        folder: folder.to_owned(),
        answer: None,
        limit: None,
        environment: false,
    })
}

/// What the process of [`MEASURE`] does.
pub(crate) fn measure(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [limit, answer, program, rest @ ..] = arguments else {
        return Err("expected a limit, a file and a command".into());
    };
    let limit = Some(Duration::from_secs(limit.parse()?)).filter(|limit| !limit.is_zero());
    let answer = match answer.as_str() {
        "-" => Stdio::null(),
        path => File::create(path)?.into(),
    };
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(rest)
        .stdin(Stdio::null())
        .stdout(answer)
        .process_group(0)
        .spawn()?;
    let mut code = None;
    if let Some(limit) = limit {
        while start.elapsed() < limit && code.is_none() {
            std::thread::sleep(Duration::from_millis(5));
            code = child.try_wait()?;
        }
        if code.is_none() {
            // A wrapper script would leave the real program running.
            killpg(Pid::from_raw(child.id().try_into()?), Signal::SIGKILL)?;
        }
    }
    let status = child.wait()?;
    let wall = start.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let code = status
        .code()
        .map_or("-".to_owned(), |code| code.to_string());
    writeln!(
        io::stdout().lock(),
        "{} {} {} {code}",
        cpu_time(&usage),
        wall.as_nanos(),
        peak(&usage),
    )?;
    Ok(())
}

/// What the process of [`SKIP`] does.
pub(crate) fn skip(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [times, files @ ..] = arguments else {
        return Err("expected a number and files".into());
    };
    let contents = files.iter().map(fs::read).collect::<io::Result<Vec<_>>>()?;
    let mut least = i64::MAX;
    for _ in 0..times.parse::<u32>()? {
        let before = cpu_time(&getrusage(UsageWho::RUSAGE_SELF)?);
        read(files)?;
        for content in &contents {
            let documents = serde_json::Deserializer::from_slice(content).into_iter();
            for document in documents {
                let IgnoredAny = document?;
            }
        }
        let after = cpu_time(&getrusage(UsageWho::RUSAGE_SELF)?);
        least = least.min(after - before);
    }
    writeln!(io::stdout().lock(), "{least}")?;
    Ok(())
}

/// What the process of [`READ`] does.
pub(crate) fn read(files: &[String]) -> Result<(), Box<dyn Error>> {
    let mut piece = vec![0; 256 << 10];
    for file in files {
        let mut file = File::open(file)?;
        while file.read(&mut piece)? > 0 {}
    }
    Ok(())
}

fn own_name() -> io::Result<String> {
    Ok(std::env::current_exe()?.display().to_string())
}

/// User and system time in nanoseconds.
fn cpu_time(usage: &Usage) -> i64 {
    (usage.user_time() + usage.system_time()).num_nanoseconds()
}

/// Peak memory in bytes: the figure is in KiB but on Apple's systems.
fn peak(usage: &Usage) -> u64 {
    let unit = if cfg!(target_vendor = "apple") {
        1
    } else {
        1_024
    };
    u64::try_from(usage.max_rss()).unwrap_or(0) * unit
}
