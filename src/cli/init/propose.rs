//! The text of a proposed policy.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::files;
use super::look::{FoundReport, Repository, plain};
use crate::model::Class;
use crate::model::calendar::fiscal_quarter;
use crate::policy::{Need, Pack};

/// A commented policy for the repository with all that the packs need, so that it can be judged
/// by at once. It holds no text of a report but tool names from the table of tools and paths of
/// a plain alphabet.
pub(super) fn policy(repository: &Repository, packs: &[&Pack], now: Timestamp) -> String {
    let mut text = String::from(
        "# yaml-language-server: $schema=./krgate.schema.json\n\
         # Editors complete and check this file once the schema lies beside it:\n\
         #   krgate policy schema > krgate.schema.json\n\
         version: 1\n\n",
    );
    let list: Vec<String> = packs
        .iter()
        .map(|pack| format!("pack:{}", pack.name))
        .collect();
    let _ = write!(
        text,
        "# Key results to start from; `krgate policy show` prints them. One is changed by\n\
         # writing a key result of the same id under `objectives`.\n\
         extends: [{}]\n\n",
        list.join(", ")
    );
    period(&mut text, packs, now);
    reports(&mut text, repository, packs);
    scopes(&mut text, repository, packs);
    text.push_str(
        "# How a finding without a CVSS score is read by filters on score or severity. Most\n\
         # static analysis and secrets tools give none. `fail` counts it as 10.0, `ignore`\n\
         # leaves it out, `unknown` makes the key result unknown.\n\
         severity:\n  unscored: by_level\n  by_level: { error: 8.0, warning: 5.0, note: 2.0 }\n\n",
    );
    ledger(&mut text, packs);
    files::named_once(&mut text, packs);
    files::of_key_results(&mut text, packs);
    objectives(&mut text, repository, packs);
    text
}

/// True if one of the packs says this.
fn says(packs: &[&Pack], what: &str) -> bool {
    packs.iter().any(|pack| pack.text.contains(what))
}

/// The quarter, where a key result starts from a figure of this period or the one before.
fn period(text: &mut String, packs: &[&Pack], now: Timestamp) {
    let quarter = fiscal_quarter(now, (1, 1), &TimeZone::UTC);
    let Some(quarter) = quarter.filter(|_| says(packs, "baseline:")) else {
        return;
    };
    let day = |at: Timestamp| at.to_zoned_datetime(TimeZone::UTC).date();
    let _ = write!(
        text,
        "# The time in which key results are to be reached. `krgate period close` keeps its\n\
         # figures; those that start at the period before are unknown until that one is closed.\n\
         period: {{ name: {}-Q{}, start: {}, end: {} }}\n\n",
        quarter.year,
        quarter.number,
        day(quarter.window.start),
        day(quarter.window.end)
    );
}

/// Ends the entry of a report that no pipeline writes yet, so that the policy can be judged by
/// at once: what the report would show is unknown until then, and unknown is not met.
const NOT_YET: &str = "    required: false    # until a pipeline writes it; without this line its absence is exit 3\n";

/// The scans that the key results of a pack look at.
fn scans(pack: &Pack) -> &'static [Class] {
    match pack.name {
        "secrets" => &[Class::Secrets],
        "exploit" => &[Class::Sca],
        "programme" => &[Class::Sast],
        _ => &[Class::Sast, Class::Secrets],
    }
}

fn reports(text: &mut String, repository: &Repository, packs: &[&Pack]) {
    text.push_str(
        "# The evidence. A report that must be there and is not, or cannot be read, fails the run\n\
         # (exit 3): nothing measured is not nothing found. Globs start at the working\n\
         # directory.\nreports:\n",
    );
    let usable: Vec<&FoundReport> = repository
        .reports
        .iter()
        .filter(|report| plain(&report.path) && plain(&report.tool))
        .collect();
    for report in &usable {
        let _ = write!(
            text,
            "  - name: {}\n    path: \"{}\"\n    class: {}\n",
            name(&usable, report),
            report.path,
            report.class
        );
    }
    let lacks = |class: Class| {
        packs.iter().any(|pack| scans(pack).contains(&class))
            && !usable.iter().any(|report| report.class == class)
    };
    if lacks(Class::Sast) {
        let (tool, command) = if repository.python {
            (
                "bandit",
                "pip install 'bandit[sarif]'; mkdir -p reports\n  #   bandit --recursive . --format sarif --output reports/bandit.sarif --exit-zero",
            )
        } else {
            (
                "semgrep",
                "mkdir -p reports\n  #   semgrep scan --config auto --sarif --output reports/semgrep.sarif",
            )
        };
        let _ = write!(
            text,
            "  # made by: {command}\n  - name: code scan\n    path: reports/{tool}.sarif\n    class: sast\n{NOT_YET}"
        );
    }
    if lacks(Class::Sca) {
        text.push_str(
            "  # made by: mkdir -p reports\n  #   osv-scanner scan --format json --output reports/osv.json . || true\n  \
             - name: dependencies\n    path: reports/osv.json\n    format: osv-scanner\n    class: sca\n",
        );
        text.push_str(NOT_YET);
    }
    if lacks(Class::Secrets) {
        text.push_str(
            "  # made by: mkdir -p reports\n  #   gitleaks git --report-format json --report-path reports/gitleaks.json --exit-code 0\n  \
             - name: secrets\n    path: reports/gitleaks.json\n    format: gitleaks\n    class: secrets\n",
        );
        text.push_str(NOT_YET);
        if says(packs, "depth: history") {
            text.push_str(
                "    depth: history    # `gitleaks git` reads every commit of the clone\n",
            );
        }
    }
    if repository.workflows && !usable.iter().any(|report| report.class == Class::Iac) {
        text.push_str(
            "  # Your workflows can be scanned too:\n  \
             #   zizmor --format sarif . > reports/zizmor.sarif\n  \
             # - name: workflows\n  #   path: reports/zizmor.sarif\n  #   class: iac\n",
        );
    }
    text.push('\n');
}

/// The class as people say it, with the tool where several reports share it.
fn name(all: &[&FoundReport], report: &FoundReport) -> String {
    let word = match report.class {
        Class::Sast => "code scan",
        Class::Sca => "dependencies",
        Class::Secrets => "secrets",
        Class::Iac => "infrastructure",
        Class::Container => "images",
        Class::Dast => "running application",
        Class::License => "licences",
        Class::Other => "other",
    };
    let twins: Vec<&&FoundReport> = all.iter().filter(|r| r.class == report.class).collect();
    let place = twins.iter().position(|r| r.path == report.path);
    match (twins.len(), place) {
        (2.., Some(place)) => format!("{word} {}", place + 1),
        _ => word.to_owned(),
    }
}

fn scopes(text: &mut String, repository: &Repository, packs: &[&Pack]) {
    let needs = |pack: &&Pack| pack.needs.contains(&Need::Scope("prod"));
    if !packs.iter().any(needs) {
        return;
    }
    let mut globs: Vec<String> = repository
        .production
        .iter()
        .map(|folder| format!("\"{folder}/**\""))
        .collect();
    if globs.is_empty() {
        globs.push("\"**\"".to_owned());
    }
    globs.extend(["\"!**/test/**\"".to_owned(), "\"!**/tests/**\"".to_owned()]);
    let branch = repository.branch.as_deref().unwrap_or("main");
    let _ = write!(
        text,
        "# What runs in production. A finding without a path is in every scope.\n\
         scopes:\n  prod:\n    paths: [{}]\n    # refs: [{branch}]\n\n",
        globs.join(", ")
    );
}

/// The ledger, for all packs but the one that looks at a single run.
fn ledger(text: &mut String, packs: &[&Pack]) {
    let remembers = packs.iter().any(|pack| pack.name != "baseline");
    if !remembers {
        return;
    }
    text.push_str(
        "# Where verdicts and the life of findings are kept: `krgate check --record` adds to it\n\
         # on a state. A folder is not there any more when a CI job is over; `git:origin` keeps\n\
         # it in the repository. The life of secrets is kept only if KRGATE_SECRET_KEY is set.\n\
         ledger: dir:.krgate/ledger\n",
    );
    if says(packs, "escape_rate:") {
        text.push_str(
            "# Changes too, so that it is known what they stopped.\nrecord: { changes: true }\n",
        );
    }
    text.push('\n');
}

/// The objectives that the packs bring along, with an owner each.
fn objectives(text: &mut String, repository: &Repository, packs: &[&Pack]) {
    let owner = repository.owner.as_deref().unwrap_or("@your-team/appsec");
    text.push_str("objectives:\n");
    for pack in packs {
        let _ = write!(
            text,
            "  # The objective that pack:{0} brings along; say who answers for it.\n  \
             - id: {0}\n    owner: \"{owner}\"\n",
            pack.name
        );
    }
    let both = |name: &str| packs.iter().any(|pack| pack.name == name);
    if both("exploit") && packs.len() > 1 {
        text.push_str(
            "    # What has no CVE number cannot be looked up, so that it leaves these two unknown;\n    \
             # the scans of dependencies and images alone:\n    \
             # key_results:\n    \
             #   - { id: kev-past-due, measure: { count: { class: [sca, container], kev: past_due } } }\n    \
             #   - { id: epss-open, measure: { count: { class: [sca, container], epss: \">= 0.1\" } } }\n",
        );
    }
}
