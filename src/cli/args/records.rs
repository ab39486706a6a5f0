//! What is typed to put records into the ledger by hand, and to look at it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::{Clock, InspectFormat, LedgerPlace, clock, day, path, said};
use crate::model::{Class, Quantity, Severity};
use crate::record::checkpoint::Hash;
use crate::record::{Digest, Kind};

#[derive(Debug, Args)]
pub(in crate::cli) struct CheckinArguments {
    /// The key result: its id, or OBJECTIVE/ID.
    #[arg(value_name = "KEY-RESULT")]
    pub(in crate::cli) key_result: String,

    /// The figure, with its unit: 62%, 20d, 7.
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    pub(in crate::cli) value: Option<String>,

    /// A step that is done; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) done: Vec<String>,

    /// The day that this is of [default: today].
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(in crate::cli) as_of: Option<Date>,

    /// Where it can be seen; may be repeated.
    #[arg(long, value_name = "URL", value_parser = address)]
    pub(in crate::cli) evidence: Vec<String>,

    /// How sure you are that the target will be reached: 0 to 1, or red, amber, green.
    #[arg(long, value_name = "HOW", value_parser = confidence)]
    pub(in crate::cli) confidence: Option<String>,

    /// A remark.
    #[arg(long, value_name = "TEXT", value_parser = said)]
    pub(in crate::cli) note: Option<String>,

    /// The policy file [default: krgate.yaml or .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(in crate::cli) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) place: LedgerPlace,

    /// Say it at this moment (RFC 3339).
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(in crate::cli) now: Option<Clock>,
}

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum When {
    /// On a day.
    Day(Date),
    /// At a time by the clocks of the policy's time zone.
    Local(DateTime),
    /// At a moment.
    Moment(Timestamp),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EventArguments {
    /// What happened, such as rotation-drill, pentest or deployment.
    #[arg(value_name = "NAME", value_parser = event_name)]
    pub(in crate::cli) name: String,

    /// The day on which it happened [default: today], also with the time, which tells two of
    /// one day apart: 2026-11-10T14:30.
    #[arg(long, value_name = "DAY", value_parser = when)]
    pub(in crate::cli) as_of: Option<When>,

    /// How much was found; 0 needs --scope.
    #[arg(long, value_name = "NUMBER")]
    pub(in crate::cli) found: Option<u32>,

    /// Where it was looked for.
    #[arg(long, value_name = "TEXT", value_parser = said)]
    pub(in crate::cli) scope: Option<String>,

    /// Where it can be seen; may be repeated.
    #[arg(long, value_name = "URL", value_parser = address)]
    pub(in crate::cli) evidence: Vec<String>,

    /// A remark.
    #[arg(long, value_name = "TEXT", value_parser = said)]
    pub(in crate::cli) note: Option<String>,

    /// The policy file, for the ledger that it names [default: krgate.yaml or
    /// .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(in crate::cli) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) place: LedgerPlace,

    /// Say it at this moment (RFC 3339).
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(in crate::cli) now: Option<Clock>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FindingsArguments {
    /// Only those in this scope of the policy; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) scope: Vec<String>,

    /// Only those of this class (sast, sca, secrets, …); may be repeated.
    #[arg(long, value_name = "CLASS", value_parser = class)]
    pub(in crate::cli) class: Vec<Class>,

    /// Only those of this severity (critical, high, …), and those without one; may be repeated.
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(in crate::cli) severity: Vec<Severity>,

    /// Only those whose path is this one's by CODEOWNERS (@user, @org/team); may be repeated.
    #[arg(long, value_name = "OWNER", value_parser = said)]
    pub(in crate::cli) owner: Vec<String>,

    /// Only those open for longer than an `sla` key result allows, and those of which that is
    /// not known.
    #[arg(long)]
    pub(in crate::cli) overdue: bool,

    /// Most findings that the text lists; the counts are of all, and so is JSON.
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = limit)]
    pub(in crate::cli) limit: usize,

    /// The format on standard output.
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: InspectFormat,

    /// The policy file [default: krgate.yaml or .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(in crate::cli) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) place: LedgerPlace,

    /// List them as at this moment (RFC 3339).
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(in crate::cli) now: Option<Clock>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PeriodCommand {
    /// Close the period of the policy once it is over: its grades are kept, and do not move.
    Close(PeriodArguments),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PeriodArguments {
    /// The policy file [default: krgate.yaml or .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(in crate::cli) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) place: LedgerPlace,

    /// Close it as at this moment (RFC 3339).
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(in crate::cli) now: Option<Clock>,
}

/// Which ledger, and when it is looked at.
#[derive(Debug, Args)]
pub(in crate::cli) struct RecordsHow {
    #[command(flatten)]
    pub(in crate::cli) place: LedgerPlace,

    /// The policy file, for the ledger that it names [default: krgate.yaml or
    /// .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(in crate::cli) policy: Option<PathBuf>,

    /// Look at it at this moment (RFC 3339).
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(in crate::cli) now: Option<Clock>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RecordsCommand {
    /// List the records, by time.
    List {
        /// Only records of this kind; may be repeated.
        #[arg(long, value_name = "KIND", value_parser = kind)]
        kind: Vec<Kind>,
        /// The format on standard output.
        #[arg(long, value_enum, default_value_t)]
        format: InspectFormat,
        #[command(flatten)]
        how: RecordsHow,
    },
    /// Print a record, as JSON.
    Show {
        /// The first digits of its id, four or more.
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        how: RecordsHow,
    },
    /// Verify every record and checkpoint. Exit 0 if all is whole, else 4.
    Verify {
        /// The format on standard output.
        #[arg(long, value_enum, default_value_t)]
        format: InspectFormat,
        /// The digest of a checkpoint that must be there, such as one that was written down.
        #[arg(long, value_name = "DIGEST", value_parser = checkpoint)]
        expect: Option<Hash>,
        #[command(flatten)]
        how: RecordsHow,
    },
    /// Store the records that wait in .krgate/spool.
    Push {
        #[command(flatten)]
        how: RecordsHow,
    },
    /// Set a damaged file aside, with a reason, so that the rest counts again.
    Quarantine {
        /// Its digest as `verify` names it: sha256:….
        #[arg(value_name = "DIGEST", value_parser = digest)]
        digest: Digest,
        /// Why it is no sign of tampering.
        #[arg(long, value_name = "TEXT", value_parser = said)]
        reason: String,
        #[command(flatten)]
        how: RecordsHow,
    },
    /// Say which of several records counts that contradict each other under one id.
    Choose {
        /// The first digits of the id, four or more.
        #[arg(value_name = "ID")]
        id: String,
        /// The digest of the record that counts, as `verify` names it: sha256:….
        #[arg(long, value_name = "DIGEST", value_parser = digest)]
        digest: Digest,
        /// Why this one.
        #[arg(long, value_name = "TEXT", value_parser = said)]
        reason: String,
        /// Take back what was chosen before.
        #[arg(long)]
        instead: bool,
        #[command(flatten)]
        how: RecordsHow,
    },
    /// Write every record as a line of JSON.
    Export {
        /// Where to write [default: standard output].
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
        #[command(flatten)]
        how: RecordsHow,
    },
    /// Make the ledger ready: for a folder, make it; for git, see that it can be reached.
    Init {
        #[command(flatten)]
        how: RecordsHow,
    },
    /// Show the figures of a key result, week by week, and the line through them.
    Trend {
        /// The key result: its id, or OBJECTIVE/ID as records have it.
        #[arg(value_name = "KEY-RESULT")]
        key_result: String,
        /// The first day [default: two years ago].
        #[arg(long, value_name = "DAY", value_parser = day)]
        since: Option<Date>,
        /// The format on standard output.
        #[arg(long, value_enum, default_value_t)]
        format: InspectFormat,
        #[command(flatten)]
        how: RecordsHow,
    },
    /// Write a checkpoint over all records; in git, gather those that wait on the branch
    /// krgate-records.
    Compact {
        #[command(flatten)]
        how: RecordsHow,
    },
}

impl RecordsCommand {
    /// Which ledger is meant.
    pub(in crate::cli) const fn how(&self) -> &RecordsHow {
        match self {
            Self::List { how, .. }
            | Self::Show { how, .. }
            | Self::Verify { how, .. }
            | Self::Push { how }
            | Self::Quarantine { how, .. }
            | Self::Choose { how, .. }
            | Self::Export { how, .. }
            | Self::Trend { how, .. }
            | Self::Init { how }
            | Self::Compact { how } => how,
        }
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| {
        let words = Kind::ALL.map(Kind::as_str);
        format!("expected {}", words.join(", "))
    })
}

fn when(text: &str) -> Result<When, &'static str> {
    if let Ok(day) = day(text) {
        return Ok(When::Day(day));
    }
    let has_time = text.contains(['T', 't']);
    let local = || text.parse().ok().map(When::Local);
    let moment = text.parse().ok().map(When::Moment);
    let when = moment.or_else(local).filter(|_| has_time);
    when.ok_or("expected a day such as 2026-12-31, or with its time 2026-12-31T14:30")
}

fn class(text: &str) -> Result<Class, String> {
    Class::from_word(text).ok_or_else(|| {
        let words = Class::ALL.map(Class::as_str);
        format!("expected {}", words.join(", "))
    })
}

fn severity(text: &str) -> Result<Severity, String> {
    Severity::from_word(text).ok_or_else(|| {
        let words = Severity::ALL.map(Severity::as_str);
        format!("expected {}", words.join(", "))
    })
}

fn limit(text: &str) -> Result<usize, &'static str> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or("expected a number from 1")
}

fn digest(text: &str) -> Result<Digest, &'static str> {
    Digest::parse(text).ok_or("expected sha256: and 64 digits, as `krgate records verify` says")
}

fn checkpoint(text: &str) -> Result<Hash, &'static str> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    Hash::parse(digits).ok_or("expected sha256: and 64 digits, as `krgate records compact` says")
}

/// The name of an event. Reports have records of their own, whose events begin with `report.`.
fn event_name(text: &str) -> Result<String, &'static str> {
    let is_of_the_alphabet =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    let is_name = (1..=64).contains(&text.len()) && text.bytes().all(is_of_the_alphabet);
    match is_name {
        false => Err("expected a name such as rotation-drill: a-z, 0-9, -, . and _"),
        true if text.starts_with("report.") => Err("a name that begins with report. is a report's"),
        true => Ok(text.to_owned()),
    }
}

/// An address of the web, without a user or token in it (rule R10).
fn address(text: &str) -> Result<String, &'static str> {
    let rest = text
        .strip_prefix("https://")
        .or(text.strip_prefix("http://"));
    let rest = rest.ok_or("expected an address such as https://example.org/report")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority {
        "" => Err("expected an address such as https://example.org/report"),
        authority if authority.contains('@') => Err("the address holds a user or a token"),
        _ => Ok(text.to_owned()),
    }
}

/// A number from 0 to 1, also as a colour (rule K20).
fn confidence(text: &str) -> Result<String, &'static str> {
    match text {
        "red" => Ok("0.2".to_owned()),
        "amber" => Ok("0.5".to_owned()),
        "green" => Ok("0.8".to_owned()),
        _ => {
            let number = Quantity::parse(text).ok();
            let number = number.filter(|number| *number == number.clamp_to_unit());
            let number = number.ok_or("expected 0 to 1, or red, amber, green")?;
            Ok(number.to_string())
        }
    }
}
