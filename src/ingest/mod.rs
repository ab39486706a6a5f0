//! Bytes of reports become an [`Intake`].
//!
//! [`read`] is the door: it opens what it is asked for, recognises the format by content,
//! and has one reader per format fill the intake. Formats live in a file or folder each;
//! adding one means one more file, its fixtures, and a row in `FORMATS`. Nothing of a
//! secret leaves this room but its keyed id.

mod age;
mod analysed;
mod bandit;
mod baseline;
mod betterleaks;
mod builder;
mod cargo_audit;
mod cvss;
mod cwe;
mod cyclonedx;
mod dependency_check;
mod detect;
mod detect_secrets;
mod door;
mod exploit;
mod fields;
mod figures;
mod ggshield;
mod github_alerts;
mod gitlab;
mod gitleaks;
mod grype;
mod identity;
mod item;
mod kingfisher;
mod location;
mod noseyparker;
mod npm_audit;
mod osv_scanner;
mod pip_audit;
mod place;
mod report;
mod run;
mod sarif;
mod secret;
mod secretlint;
mod semgrep;
mod snyk;
mod source;
mod talisman;
mod tools;
mod trivy;
mod trufflehog;
mod utf16;
mod vulnerability;
mod window;

use jiff::Timestamp;

use crate::diagnostic::Diagnostic;
use crate::model::{Class, Intake, KeyCheck, UntrustedText};

pub use baseline::{MOST_BASELINE_BYTES, read_baseline};
pub use exploit::{DataRequest, DataRequests};
pub use figures::{FigureRequest, MOST_FIGURE_BYTES, read_figures};

use detect::{Poor, Shape};
use report::Report;
use window::Refusal;

/// A format that is read. One more format is one more file, its fixtures, and a place in
/// [`FORMATS`].
trait Ingest: Sync {
    /// The word of `format:` and of every output.
    fn word(&self) -> &'static str;

    /// True if a shape has all that the format asks for. `complete` is false where only the
    /// beginning of the value was seen.
    fn fits(&self, shape: &Shape, complete: bool) -> bool;

    /// True if content that tells no format is a report of this one where its entry says so
    /// (rules S17, S19).
    fn accepts(&self, _poor: Poor) -> bool {
        false
    }

    /// True if content of no known format is a report of this one where its entry says so;
    /// `shape` is that of its first object.
    fn fits_if_declared(&self, _shape: &Shape) -> bool {
        false
    }

    /// True if the report is to be read from its first line, whatever stands before the line
    /// by which it was recognised.
    fn reads_lines(&self) -> bool {
        false
    }

    /// True if lines of text before the document are passed over and counted (the section
    /// "Recognition" of the rules for secrets); JSON that is no log line never is.
    fn follows_lines(&self) -> bool {
        true
    }

    /// Reads a report to its end.
    ///
    /// # Errors
    /// If it cannot be trusted as a whole; the door then takes back what it left.
    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal>;
}

/// The format `sarif`.
struct Sarif;

impl Ingest for Sarif {
    fn word(&self) -> &'static str {
        "sarif"
    }

    fn fits(&self, shape: &Shape, complete: bool) -> bool {
        detect::is_sarif(shape, complete)
    }

    /// Nothing before a SARIF document is passed over (rule 9).
    fn follows_lines(&self) -> bool {
        false
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        sarif::read(report)
    }
}

/// Every format that is read, in the order in which messages name them.
static FORMATS: &[&dyn Ingest] = &[
    &Sarif,
    &gitleaks::Gitleaks,
    &betterleaks::Betterleaks,
    &trufflehog::Trufflehog,
    &detect_secrets::DetectSecrets,
    &grype::Grype,
    &osv_scanner::OsvScanner,
    &npm_audit::NpmAudit,
    &cargo_audit::CargoAudit,
    &pip_audit::PipAudit,
    &bandit::Bandit,
    &cyclonedx::Cyclonedx,
    &snyk::Snyk,
    &dependency_check::DependencyCheck,
    &ggshield::Ggshield,
    &github_alerts::GithubAlerts,
    &gitlab::Gitlab,
    &noseyparker::Noseyparker,
    &kingfisher::Kingfisher,
    &talisman::Talisman,
    &secretlint::Secretlint,
    &trivy::Trivy,
    &semgrep::Semgrep,
];

/// What the policy or the command line says of a report before it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of a report entry"
)]
pub struct Expected {
    /// Index of the policy's report entry.
    pub entry: Option<usize>,
    /// Declared format's word, already known to be one of [`format_words`].
    pub format: Option<String>,
    /// Declared class.
    pub class: Option<Class>,
    /// Alias of the tool that must have written it; names a run that names none.
    pub tool: Option<String>,
    /// True if weak evidence is not believed.
    pub strong_evidence: bool,
    /// True if the tool was told to verify secrets.
    pub verification_attempted: bool,
    /// True if runs that report failures are accepted (rule 28).
    pub accept_degraded: bool,
    /// True if absent results mean none (rule 17).
    pub absent_results_mean_none: bool,
    /// Oldest that the report may be by its own time, in seconds; a report that tells no
    /// time is then too old.
    pub max_age: Option<u64>,
    /// When its file was last written, where that is to stand in for a time that it does not
    /// tell.
    pub written: Option<Timestamp>,
}

impl Expected {
    /// True if another entry asks for the same, so that reading a report for one of them is
    /// reading it for both (rule 45, G8).
    fn demands_as(&self, other: &Self) -> bool {
        let this = Self {
            entry: other.entry,
            ..self.clone()
        };
        this == *other
    }
}

/// One report that is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The path; `-` is standard input.
    pub path: std::path::PathBuf,
    /// The path as outputs show it.
    pub shown: UntrustedText,
    /// True if the user named it as an argument, so that a pipe may be read.
    pub by_hand: bool,
    /// What is said of it beforehand.
    pub expected: Expected,
}

/// A row of the policy that goes before the table of tools.
#[derive(Debug, Clone)]
pub struct ExtraTool {
    /// The alias.
    pub alias: String,
    /// Names as the tool writes them.
    pub names: Vec<String>,
    /// Its classes; the first is the class of a run.
    pub classes: Vec<Class>,
}

/// The commit that is judged, for reports that are older or of another (S63, S64).
#[derive(Debug, Clone)]
pub struct Head {
    /// 40 or 64 hexadecimal digits of every commit that a report may name.
    pub commits: Vec<String>,
    /// Committer date of the head.
    pub committed: Timestamp,
}

/// Limits of reading (L1 to L5); the defaults are those of the documentation.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// L1: bytes of one report, after decompression.
    pub report_bytes: u64,
    /// L2: bytes of one element.
    pub item_bytes: usize,
    /// L4: findings of one evaluation.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            report_bytes: 1 << 30,
            item_bytes: 64 << 20,
            findings: 1_000_000,
        }
    }
}

/// What reading depends on besides the reports themselves.
#[derive(Debug, Clone)]
pub struct Context {
    /// The clock.
    pub now: Timestamp,
    /// Absolute folders whose files are files of the repository, with `/`, in the order in
    /// which they are tried (rule 105): working directory, workspace of the CI.
    pub roots: Vec<String>,
    /// `KRGATE_SECRET_KEY`, at least 16 bytes; without it a random key serves this run (S70).
    pub secret_key: Option<Vec<u8>>,
    /// Rows before those of the table of tools.
    pub tools: Vec<ExtraTool>,
    /// The commit that is judged, where known.
    pub head: Option<Head>,
    /// Limits.
    pub limits: Limits,
}

/// Reads every report that is asked for.
///
/// A report that cannot be trusted as a whole leaves a diagnostic of level error, a
/// [`crate::model::Gap`] and nothing else; the others are read all the same. Raw secrets
/// are gone and every kept string is scrubbed of them when this returns (S82); finding ids
/// are made (L9).
pub fn read(requests: &[Request], context: &Context) -> (Intake, Vec<Diagnostic>) {
    door::read(requests, context, true)
}

/// As [`read`], without the ids, for whoever counts findings and names none: making them takes
/// as long as a good part of the reading.
pub fn read_unnamed(requests: &[Request], context: &Context) -> (Intake, Vec<Diagnostic>) {
    door::read(requests, context, false)
}

/// Reads data files about the vulnerabilities that the findings of an intake name, and puts
/// what they say into it (rules O12, M20).
///
/// A file that cannot be relied on leaves a diagnostic, of level error if an argument named
/// it, and says in the intake why; nothing is looked up in it.
pub fn read_exploit_data(
    intake: &mut Intake,
    wanted: &DataRequests,
    context: &Context,
) -> Vec<Diagnostic> {
    exploit::read(intake, wanted, context)
}

/// What tells whether two runs name secrets by the same project key.
pub fn key_check(project_key: &[u8]) -> KeyCheck {
    secret::key_check(project_key)
}

/// The words that `format:` may have: the formats that are read, and those that are
/// recognised and refused with advice until a version reads them.
pub fn format_words() -> Vec<&'static str> {
    let read = FORMATS.iter().map(|format| format.word());
    let planned = detect::UNREAD
        .iter()
        .filter(|unread| unread.planned)
        .map(|unread| unread.word);
    read.chain(planned).collect()
}
