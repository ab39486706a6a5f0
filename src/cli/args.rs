//! The command line as it is typed.

mod doctor;
mod lint;
mod records;
mod report;
mod sync;
mod waivers;

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::render::annotations::Show;

pub(super) use self::doctor::DoctorArguments;
pub(super) use self::lint::LintArguments;
pub(super) use self::records::{
    CheckinArguments, EventArguments, FindingsArguments, PeriodArguments, PeriodCommand,
    RecordsCommand, When,
};
pub(super) use self::report::{
    Begin, ReportArguments, ReportFormat, StatusArguments, StatusFormat,
};
pub(super) use self::sync::{SyncArguments, SyncTo};
pub(super) use self::waivers::{WaiveArguments, WaiversArguments};

/// Links what security scanners find to the key results a team promised.
#[derive(Debug, Parser)]
#[command(
    name = "krgate",
    version,
    arg_required_else_help = true,
    max_term_width = 90
)]
#[command(
    after_help = "Exit codes: 0 the gate passed, 1 a blocking key result is missed or \
    unknown, 2 the request or the policy is wrong, 3 a report is missing or cannot be read, \
    4 the environment failed."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,

    #[command(flatten)]
    pub(super) look: Look,
}

/// How krgate speaks; none of these changes a verdict.
#[derive(Debug, Args)]
pub(super) struct Look {
    /// Colour of the text output.
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    pub(super) color: ColorChoice,

    /// Print the verdict line alone.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Print evidence and scopes too.
    #[arg(long, short, global = true)]
    pub(super) verbose: bool,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, and where the environment asks for it.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge the key results of the policy on the reports.
    Check(CheckArguments),
    /// Show what krgate sees in a report, without a policy.
    Inspect(InspectArguments),
    /// Say why a finding was counted, or not, how a key result was judged, or what a diagnostic
    /// means.
    Explain(ExplainArguments),
    /// Except a finding for a while: add a waiver to the waiver file.
    Waive(WaiveArguments),
    /// List the waivers, and what became of each.
    Waivers(WaiversArguments),
    /// Keep what is there today, so that changes are judged on what they add.
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Check and show the policy.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Check in a figure, or steps that are done, for a key result.
    Checkin(CheckinArguments),
    /// Record something that happened: a drill, a pentest, a deployment.
    Event(EventArguments),
    /// Show how far the objectives and key results have come, by what the ledger holds.
    Status(StatusArguments),
    /// List what is open by what the ledger holds: how old, whose, and how long it may be.
    Findings(FindingsArguments),
    /// Tell another tool for key results of the figures; nothing is sent unless the policy
    /// describes the tool.
    Sync(SyncArguments),
    /// Write the weekly report: what changed, what blocks, what to do next.
    Report(ReportArguments),
    /// Close the period: keep its grades.
    #[command(subcommand)]
    Period(PeriodCommand),
    /// List, verify and send the records of the ledger.
    #[command(subcommand)]
    Records(RecordsCommand),
    /// Name what would let a change past the gate: in workflows, CODEOWNERS and the policy.
    Doctor(DoctorArguments),
    /// Look at the repository and propose a policy.
    Init(InitArguments),
    /// Judge before a push, in the clone.
    #[command(subcommand)]
    Hook(HookCommand),
    /// Show the commands of the policy, and let `krgate hook pre-push` start them here.
    Trust(TrustArguments),
    /// Print the completion script of a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// What is judged, and under which circumstances.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Circumstances {
    /// The policy file [default: krgate.yaml or .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(super) policy: Option<PathBuf>,

    /// The environment that is deployed, for scopes that name environments.
    #[arg(long, value_name = "NAME", env = "KRGATE_ENVIRONMENT")]
    pub(super) environment: Option<String>,

    /// The branch or tag that is judged; on a change its target branch.
    #[arg(long = "ref", value_name = "REF", env = "KRGATE_REF")]
    pub(super) reference: Option<String>,

    /// What is judged: change (a pull request, a merge queue) or state (a branch as it is)
    /// [default: what the CI system runs on; by hand a change where it is known what HEAD is
    /// to be merged into, else a state].
    #[arg(long, value_name = "EVENT", env = "KRGATE_EVENT", value_parser = event)]
    pub(super) event: Option<Given<EventChoice>>,

    /// The commit that a change is judged against: the policy is read from it, and not from
    /// the change [default: in CI what the change is to be merged into; by hand where HEAD left
    /// @{upstream}, origin/HEAD, origin/main or origin/master, and the policy is that of the
    /// work tree].
    #[arg(
        long,
        value_name = "REV",
        env = "KRGATE_BASE",
        visible_alias = "policy-ref"
    )]
    pub(super) base: Option<String>,

    /// What was there before: a file of `krgate baseline write`, a SARIF report, or a commit
    /// that holds krgate.baseline.json [default: krgate.baseline.json beside the policy, on a
    /// change that of the base].
    #[arg(long, value_name = "FILE|REV", conflicts_with = "changed_since")]
    pub(super) baseline: Option<String>,

    /// Count a finding as introduced if it is on a line that changed since this commit.
    #[arg(long, value_name = "REV")]
    pub(super) changed_since: Option<String>,

    /// Add what is staged, not staged and not tracked to the change, by its lines [default: by
    /// hand a file that is not as it was committed counts as changed throughout].
    #[arg(long = "worktree")]
    pub(super) work_tree: bool,

    /// Judge as at this moment (RFC 3339), for runs that can be repeated.
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(super) now: Option<Clock>,

    /// CISA's catalogue of known exploited vulnerabilities (JSON), for the filter `kev`; it
    /// takes the place of the file that the policy names, and wins over reports.
    #[arg(long, value_name = "FILE", env = "KRGATE_KEV", value_parser = path)]
    pub(super) kev: Option<PathBuf>,

    /// FIRST's EPSS scores (CSV, plain or in gzip), for the filter `epss`; they take the place
    /// of the file that the policy names, and win over reports.
    #[arg(long, value_name = "FILE", env = "KRGATE_EPSS", value_parser = path)]
    pub(super) epss: Option<PathBuf>,
}

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventChoice {
    /// A pull request, a merge queue, a push that is about to happen.
    Change,
    /// A branch as it is, a schedule, a release.
    State,
}

/// A moment, or none where the variable is there and empty.
pub(super) type Clock = Given<Timestamp>;

/// A value that may have been given as nothing: pipelines set variables to the empty text.
#[derive(Debug, Clone)]
pub(super) struct Given<T>(pub(super) Option<T>);

/// Takes a path, also none: clap's own reader refuses a variable that is there and empty.
#[expect(clippy::unnecessary_wraps, reason = "the form that clap asks for")]
fn path(text: &str) -> Result<PathBuf, Infallible> {
    Ok(text.into())
}

fn event(text: &str) -> Result<Given<EventChoice>, &'static str> {
    match text {
        "change" => Ok(Given(Some(EventChoice::Change))),
        "state" => Ok(Given(Some(EventChoice::State))),
        "" => Ok(Given(None)),
        _ => Err("expected change or state"),
    }
}

fn which(text: &str) -> Result<Given<Show>, &'static str> {
    Ok(Given(Some(match text {
        "" => return Ok(Given(None)),
        "diff" => Show::Diff,
        "all" => Show::All,
        "none" => Show::None,
        _ => return Err("expected diff, all or none"),
    })))
}

/// A boolean in the three spellings of YAML (rule G110).
fn boolean(text: &str) -> Result<Given<bool>, &'static str> {
    match text {
        "" => Ok(Given(None)),
        "true" | "True" | "TRUE" => Ok(Given(Some(true))),
        "false" | "False" | "FALSE" => Ok(Given(Some(false))),
        _ => Err("expected true or false"),
    }
}

fn clock(text: &str) -> Result<Clock, &'static str> {
    if text.is_empty() {
        return Ok(Given(None));
    }
    text.parse()
        .map(|moment| Given(Some(moment)))
        .map_err(|_| "expected a moment such as 2026-11-16T12:00:00Z")
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Reports to judge in place of what the policy's globs match: PATH, NAME=PATH for the
    /// policy's report entry NAME, or - for standard input.
    #[arg(value_name = "REPORT")]
    pub(super) reports: Vec<String>,

    #[command(flatten)]
    pub(super) circumstances: Circumstances,

    /// The format on standard output [default: text; in GitHub Actions the text goes to
    /// standard error unless this asks for it].
    #[arg(long, value_enum)]
    pub(super) format: Option<FormatChoice>,

    /// Write this format to a file too; may be repeated.
    #[arg(long, value_name = "FORMAT=PATH")]
    pub(super) output: Vec<OutputFile>,

    /// Show every finding that decides, not only the worst of each key result.
    #[arg(long)]
    pub(super) all: bool,

    /// The results of the jobs that this one needs, as JSON: `toJSON(needs)` in a workflow of
    /// GitHub. A job that did not succeed is missing evidence.
    #[arg(
        long,
        value_name = "JSON",
        env = "KRGATE_NEEDS",
        hide_env_values = true
    )]
    pub(super) needs: Option<String>,

    #[command(flatten)]
    pub(super) views: ViewArguments,

    #[command(flatten)]
    pub(super) publish: PublishArguments,

    #[command(flatten)]
    pub(super) ledger: LedgerArguments,
}

/// What is left for the runner of GitHub Actions.
#[derive(Debug, Args)]
pub(super) struct ViewArguments {
    /// Findings to announce as workflow commands: diff (on changed lines), all or none
    /// [default: diff in GitHub Actions, else none is written].
    #[arg(long, value_name = "WHICH", env = "KRGATE_ANNOTATIONS", value_parser = which)]
    pub(super) annotations: Option<Given<Show>>,

    /// Write the job summary: true or false [default: true where the runner names a file].
    #[arg(long, value_name = "BOOLEAN", env = "KRGATE_SUMMARY", value_parser = boolean)]
    pub(super) summary: Option<Given<bool>>,

    /// Write the JSON report to this file [default: in GitHub Actions a file in the runner's
    /// temporary folder].
    #[arg(long, value_name = "PATH", env = "KRGATE_REPORT", value_parser = path)]
    pub(super) report: Option<PathBuf>,
}

/// What is published on GitHub; the token is read from `KRGATE_TOKEN`, else `GITHUB_TOKEN`.
#[derive(Debug, Args)]
pub(super) struct PublishArguments {
    /// Keep one comment on the pull request up to date; needs the permission pull-requests:
    /// write.
    #[arg(
        long,
        value_name = "BOOLEAN",
        env = "KRGATE_COMMENT",
        value_parser = boolean,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(super) comment: Option<Given<bool>>,

    /// The account that the token writes comments as, if it is not the job's own token
    /// [default: github-actions[bot]].
    #[arg(long, value_name = "ACCOUNT", env = "KRGATE_COMMENT_AUTHOR")]
    pub(super) comment_author: Option<String>,

    /// Publish a check run with the findings; needs the permission checks: write.
    #[arg(
        long,
        value_name = "BOOLEAN",
        env = "KRGATE_CHECK_RUN",
        value_parser = boolean,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(super) check_run: Option<Given<bool>>,
}

/// The record of the run in the ledger.
#[derive(Debug, Args)]
pub(super) struct LedgerArguments {
    /// Add a record of this run to the ledger, if it judges a state.
    #[arg(
        long,
        value_name = "BOOLEAN",
        env = "KRGATE_RECORD",
        value_parser = boolean,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(super) record: Option<Given<bool>>,

    /// Tell several gates of one job, or the legs of a matrix, apart in the ledger [default:
    /// the path of the policy].
    #[arg(long, value_name = "TEXT", env = "KRGATE_INSTANCE")]
    pub(super) instance: Option<String>,

    #[command(flatten)]
    pub(super) place: LedgerPlace,
}

/// Where the ledger is.
#[derive(Debug, Clone, Args)]
pub(super) struct LedgerPlace {
    /// The ledger: dir:PATH [default: that of the policy, else dir:.krgate/ledger].
    #[arg(
        long,
        value_name = "PLACE",
        env = "KRGATE_LEDGER",
        hide_env_values = true
    )]
    pub(super) ledger: Option<String>,
}

/// The formats of an evaluation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatChoice {
    /// For people at a terminal.
    #[default]
    Text,
    /// krgate.evaluation/1.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// XML for the test view of a CI system.
    Junit,
    /// Markdown for a job summary.
    Markdown,
}

/// `FORMAT=PATH`.
#[derive(Debug, Clone)]
pub(super) struct OutputFile {
    pub(super) format: FormatChoice,
    pub(super) path: PathBuf,
}

impl std::str::FromStr for OutputFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (word, path) = text
            .split_once('=')
            .ok_or("expected FORMAT=PATH, such as sarif=out.sarif")?;
        let format = FormatChoice::from_str(word, false)
            .map_err(|_| "the format is one of text, json, sarif, junit, markdown".to_owned())?;
        if path.is_empty() {
            return Err("the path after = is empty".to_owned());
        }
        Ok(Self {
            format,
            path: path.into(),
        })
    }
}

#[derive(Debug, Args)]
pub(super) struct InspectArguments {
    /// The reports, or - for standard input.
    #[arg(value_name = "REPORT", required = true)]
    pub(super) reports: Vec<PathBuf>,

    /// The format on standard output.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: InspectFormat,

    /// The format of the reports, where content alone cannot tell.
    #[arg(long = "as", value_name = "FORMAT")]
    pub(super) declared: Option<String>,

    /// Read as at this moment (RFC 3339).
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(super) now: Option<Clock>,
}

/// The formats of `inspect`, `explain` and `waivers`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum InspectFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// A finding id (its first digits are enough), PATH:LINE, the id of a key result, or the
    /// code of a diagnostic.
    #[arg(value_name = "WHAT")]
    pub(super) what: String,

    /// Reports, as for `check`.
    #[arg(value_name = "REPORT")]
    pub(super) reports: Vec<String>,

    #[command(flatten)]
    pub(super) circumstances: Circumstances,

    /// The format on standard output.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: InspectFormat,
}

/// A text that says something.
fn said(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("expected text, and here is none"),
        text => Ok(text.to_owned()),
    }
}

fn day(text: &str) -> Result<Date, &'static str> {
    let day = text.parse().ok().filter(|_| text.len() == 10);
    day.ok_or("expected a day such as 2026-12-31")
}

#[derive(Debug, Subcommand)]
pub(super) enum BaselineCommand {
    /// Write the findings of the reports to a file, without messages and secrets.
    Write {
        /// Reports, as for `check` [default: those of the policy].
        #[arg(value_name = "REPORT")]
        reports: Vec<String>,

        /// The policy file [default: krgate.yaml or .github/krgate.yaml].
        #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
        policy: Option<PathBuf>,

        /// Where to write; - is standard output.
        #[arg(long, value_name = "PATH", default_value = "krgate.baseline.json")]
        output: PathBuf,

        /// Read as at this moment (RFC 3339).
        #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
        now: Option<Clock>,
    },
    /// Print which findings one file has and the other does not.
    Diff {
        /// The earlier file.
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// The later file.
        #[arg(value_name = "NEW")]
        new: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Find every fault of a policy, without reading reports.
    Check {
        /// The policy file [default: krgate.yaml or .github/krgate.yaml].
        #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
        policy: Option<PathBuf>,
    },
    /// Advise on a policy that has no faults: its shape, its words, its people, its targets.
    /// Exit 0 on warnings and notes, 2 where an owner is not in the roster.
    Lint(LintArguments),
    /// Print the policy with all that it extends, and where each part is from.
    Show {
        /// The policy file [default: krgate.yaml or .github/krgate.yaml].
        #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
        policy: Option<PathBuf>,
    },
    /// Print the JSON Schema of the policy language.
    Schema {
        /// The schema of waiver files instead.
        #[arg(long)]
        waivers: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// Packs to extend; may be repeated [default: baseline].
    #[arg(long, value_name = "NAME")]
    pub(super) pack: Vec<String>,

    /// Where to write the policy.
    #[arg(long, value_name = "PATH", default_value = "krgate.yaml")]
    pub(super) output: PathBuf,

    /// Print the policy instead of writing it.
    #[arg(long)]
    pub(super) print: bool,

    /// The moment whose quarter is the period (RFC 3339) [default: now].
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(super) now: Option<Clock>,
}

#[derive(Debug, Subcommand)]
pub(super) enum HookCommand {
    /// Write the hook that git calls before a push, if there is none.
    Install,
    /// Judge what is about to be pushed; git calls this.
    PrePush(PrePushArguments),
}

#[derive(Debug, Args)]
pub(super) struct PrePushArguments {
    /// The name of the remote, or its URL where it has no name.
    #[arg(value_name = "REMOTE")]
    pub(super) remote: Option<OsString>,

    /// The URL of the remote.
    #[arg(value_name = "URL")]
    pub(super) url: Option<OsString>,

    /// What the remote has already; with --to, in place of what git writes to standard input.
    #[arg(long, value_name = "REF", requires = "to")]
    pub(super) from: Option<String>,

    /// What is pushed.
    #[arg(long, value_name = "REF", requires = "from")]
    pub(super) to: Option<String>,

    /// The policy file, in the commit that the push is judged against [default: krgate.yaml or
    /// .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(super) policy: Option<PathBuf>,

    /// The environment that is deployed, for scopes that name environments.
    #[arg(long, value_name = "NAME", env = "KRGATE_ENVIRONMENT")]
    pub(super) environment: Option<String>,

    /// How long a command that writes a report may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) run_limit: u64,

    /// Start no command of the policy, trusted or not.
    #[arg(long)]
    pub(super) no_run: bool,

    /// Judge as at this moment (RFC 3339), for runs that can be repeated.
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(super) now: Option<Clock>,
}

#[derive(Debug, Args)]
pub(super) struct TrustArguments {
    /// The policy file [default: krgate.yaml or .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(super) policy: Option<PathBuf>,

    /// Take the policy of this commit, not of the work tree: a push is judged by that of the
    /// commit that is there already.
    #[arg(long, value_name = "REV")]
    pub(super) base: Option<String>,

    /// Only show the commands, and whether they are trusted.
    #[arg(long, conflicts_with = "revoke")]
    pub(super) show: bool,

    /// Trust no command of this repository any more.
    #[arg(long)]
    pub(super) revoke: bool,
}
