//! Scans whose failure nobody sees, and reports that nobody misses.
//!
//! A scanner that finds something often fails its step, so its failure is often let go. That
//! is safe where the policy demands the report: a scan that broke leaves none.

use std::collections::BTreeSet;

use globset::GlobBuilder;

use super::Sight;
use super::shell::{self, Command, Then, base_name};
use super::workflow::{Job, Step, Workflow, may_be_true};
use crate::diagnostic::{Code, Diagnostic, Message, Place};
use crate::model::Untrusted;
use crate::policy::{Node, ReportEntry, parse_other};

/// Programs that write reports, as they are started.
const SCANNERS: [&str; 38] = [
    "bandit",
    "bearer",
    "betterleaks",
    "brakeman",
    "cargo-audit",
    "cargo-deny",
    "checkov",
    "codeql",
    "dependency-check",
    "detect-secrets",
    "dockle",
    "ggshield",
    "gitleaks",
    "gosec",
    "govulncheck",
    "grype",
    "hadolint",
    "horusec",
    "kics",
    "kingfisher",
    "kube-linter",
    "noseyparker",
    "opengrep",
    "osv-scanner",
    "pip-audit",
    "prowler",
    "retire",
    "secretlint",
    "semgrep",
    "snyk",
    "syft",
    "talisman",
    "terrascan",
    "tfsec",
    "trivy",
    "trufflehog",
    "wapiti",
    "zizmor",
];

/// Package managers whose `audit` is a scan.
const AUDITORS: [&str; 5] = ["npm", "yarn", "pnpm", "cargo", "composer"];

/// How names of reports end.
const ENDINGS: [&str; 8] = [
    ".sarif", ".json", ".jsonl", ".ndjson", ".xml", ".gz", ".txt", ".csv",
];

pub(super) fn check(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    optional_reports(sight, found);
    let scans = scans(sight);
    for scan in &scans {
        if let Some(place) = &scan.ignored {
            found.push(ignored(sight, scan, place.clone(), &scans));
        }
    }
}

/// A step that scans.
struct Scan {
    tool: String,
    files: BTreeSet<String>,
    /// Where its failure is let go.
    ignored: Option<Place>,
}

/// The scans that a gate waits for: those of its job, of the jobs that it needs, and of the
/// workflows that these call.
fn scans(sight: &Sight<'_>) -> Vec<Scan> {
    let mut jobs: Vec<Job<'_>> = Vec::new();
    let mut pending: Vec<(&Workflow, Job<'_>)> = sight
        .gates
        .iter()
        .map(|gate| (gate.workflow, gate.job))
        .collect();
    while let Some((workflow, job)) = pending.pop() {
        if jobs.iter().any(|known| known.mark == job.mark) {
            continue;
        }
        jobs.push(job);
        pending.extend(
            workflow
                .upstream(job)
                .into_iter()
                .map(|job| (workflow, job)),
        );
        let called = job.calls().and_then(|path| {
            let workflows = sight.workflows.iter();
            workflows.into_iter().find(|workflow| workflow.path == path)
        });
        pending.extend(
            called
                .into_iter()
                .flat_map(|workflow| workflow.jobs().map(move |job| (workflow, job))),
        );
    }
    jobs.sort_by_key(|job| job.mark);
    jobs.iter()
        .flat_map(|job| job.steps().filter_map(|step| scan(sight, *job, step)))
        .collect()
}

fn scan(sight: &Sight<'_>, job: Job<'_>, step: Step<'_>) -> Option<Scan> {
    let commands = step
        .run()
        .and_then(Node::text)
        .map(shell::commands)
        .unwrap_or_default();
    let at = commands
        .iter()
        .position(|command| tool_of(command).is_some());
    let by_command = at.and_then(|at| tool_of(commands.get(at)?));
    let tool = by_command.or_else(|| tool_of_action(step.action()?))?;
    Some(Scan {
        tool: tool.to_owned(),
        files: files(step, &commands),
        ignored: let_go(
            sight,
            job,
            step,
            commands.get(at.unwrap_or(0)..).unwrap_or_default(),
        ),
    })
}

fn tool_of(command: &Command) -> Option<&'static str> {
    let words = command.program();
    let first = words.first().map(|word| base_name(word))?;
    if matches!(first, "echo" | "printf" | "which" | "cat") {
        return None;
    }
    let audits = words.get(1).is_some_and(|word| word == "audit");
    if let Some(manager) = AUDITORS.iter().find(|name| **name == first && audits) {
        return Some(manager);
    }
    // `pipx run NAME==1.2`, `docker run registry.example/NAME:1`, but not `pip install NAME`.
    let installs = ["install", "add", "pull"];
    if words
        .iter()
        .take(3)
        .any(|word| installs.contains(&word.as_str()))
    {
        return None;
    }
    words.iter().take(6).find_map(|word| {
        let name = base_name(word).split(['=', '@', ':']).next()?;
        SCANNERS.iter().copied().find(|scanner| *scanner == name)
    })
}

fn tool_of_action(action: &str) -> Option<&'static str> {
    let name = action.to_ascii_lowercase();
    let uploads = name.contains("upload");
    SCANNERS
        .iter()
        .copied()
        .find(|scanner| !uploads && name.contains(scanner))
}

/// The names of the files that a step speaks of and that may be its reports.
fn files(step: Step<'_>, commands: &[Command]) -> BTreeSet<String> {
    let of_run = commands
        .iter()
        .flat_map(|command| command.words.iter().map(String::as_str));
    let inputs = step.inputs().iter().filter_map(|input| input.node.text());
    of_run
        .chain(inputs.flat_map(str::split_whitespace))
        .map(|word| word.rsplit(['=', '>', ':', '/']).next().unwrap_or(word))
        .filter(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)))
        .map(str::to_owned)
        .collect()
}

fn let_go(sight: &Sight<'_>, job: Job<'_>, step: Step<'_>, commands: &[Command]) -> Option<Place> {
    for node in [step.node, job.node] {
        if may_be_true(node, "continue-on-error") {
            return node
                .entry("continue-on-error")
                .map(|entry| entry.key_mark.place());
        }
    }
    let run = step.run()?;
    if run.text()?.contains("set +e") {
        return Some(sight.within(run.mark, &["set +e"]));
    }
    let (scanner, next) = (commands.first()?, commands.get(1)?);
    let tool = tool_of(scanner).unwrap_or_default();
    (scanner.then == Then::Or && next.always_succeeds())
        .then(|| sight.within_after(run.mark, tool, &["||"]))
}

fn ignored(sight: &Sight<'_>, scan: &Scan, place: Place, scans: &[Scan]) -> Diagnostic {
    let entries = &sight.policy.reports;
    let mut matching = entries.iter().filter(|entry| is_of(entry, scan)).peekable();
    let tool = || Message::from("a failure of ").foreign(Untrusted::new(&scan.tool));
    if matching.peek().is_none() {
        return Diagnostic::new(
            Code::ScanFailureIgnored,
            tool().own(" is let go, and no report entry of the policy demands what it writes"),
        )
        .at(place)
        .label("a scan that breaks here is not missed")
        .hint("add its report under `reports` in the policy, or let the step fail");
    }
    let named = |entry: &ReportEntry| {
        Message::from("the report entry ").foreign(Untrusted::new(&entry.name))
    };
    let entries: Vec<&ReportEntry> = matching.collect();
    if let Some(entry) = entries
        .iter()
        .find(|entry| entry.required && demands(entry, scans))
    {
        return Diagnostic::new(
            Code::ScanFailureCovered,
            tool()
                .own(" is let go, which is safe: ")
                .join(&named(entry))
                .own(" demands its report"),
        )
        .at(place);
    }
    let why = match entries.first() {
        Some(entry) if entry.required => {
            named(entry).own(" is satisfied by the report of another scan")
        }
        Some(entry) => named(entry).own(" has `required: false`"),
        None => Message::default(),
    };
    Diagnostic::new(
        Code::ScanFailureIgnored,
        tool().own(" is let go, and its report may be absent"),
    )
    .at(place)
    .label(why)
    .hint("give this report an entry of its own with its whole path, or let the step fail")
}

/// True if an entry speaks of a scan: of a file that it writes, else of the tool by name.
fn is_of(entry: &ReportEntry, scan: &Scan) -> bool {
    if scan.files.is_empty() {
        return entry.tool.as_deref() == Some(&scan.tool) || entry.path.contains(&scan.tool);
    }
    scan.files.iter().any(|file| takes(entry, file))
}

/// True if the last part of an entry's path takes a file of this name.
fn takes(entry: &ReportEntry, file: &str) -> bool {
    let last = entry.path.rsplit('/').next().unwrap_or_default();
    let glob = if last == "**" { "*" } else { last };
    GlobBuilder::new(glob)
        .build()
        .is_ok_and(|glob| glob.compile_matcher().is_match(file))
}

/// True if an entry misses this very report: its glob takes the report of no other scan, or
/// it names the tool.
fn demands(entry: &ReportEntry, scans: &[Scan]) -> bool {
    entry.tool.is_some() || scans.iter().filter(|scan| is_of(entry, scan)).count() <= 1
}

/// Reports that may be absent, where the policy says so.
fn optional_reports(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    let sources = sight.sources.iter().enumerate().skip(sight.policy_sources);
    for (file, source) in sources {
        let Some(root) = parse_other(file, &source.text, &mut Vec::new()) else {
            continue;
        };
        for node in root.get("reports").map(Node::items).unwrap_or_default() {
            let name = node.text_of("name").unwrap_or_default();
            let optional = sight
                .policy
                .reports
                .iter()
                .any(|entry| entry.name == name && !entry.required);
            if let Some(key) = node.entry("required").filter(|_| optional) {
                found.push(
                    Diagnostic::new(
                        Code::ReportOptional,
                        Message::from("the report ")
                            .foreign(Untrusted::new(name))
                            .own(" may be absent: a scan that no longer runs is only missed if no other report covers its class"),
                    )
                    .at(key.key_mark.place())
                    .label("expected none: a report is required unless the policy says otherwise")
                    .hint("remove `required: false` where every pipeline writes this report"),
                );
            }
        }
    }
}
