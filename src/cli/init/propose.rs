//! The text of a proposed policy.

use std::fmt::Write as _;

use super::look::{FoundReport, Repository, plain};
use crate::model::Class;

/// A commented policy for the repository. It holds no text of a report but tool names from
/// the table of tools and paths of a plain alphabet.
pub(super) fn policy(repository: &Repository, packs: &[String]) -> String {
    let mut text = String::from(
        "# yaml-language-server: $schema=./krgate.schema.json\n\
         # Editors complete and check this file once the schema lies beside it:\n\
         #   krgate policy schema > krgate.schema.json\n\
         version: 1\n\n",
    );
    let list: Vec<String> = packs.iter().map(|name| format!("pack:{name}")).collect();
    let _ = write!(
        text,
        "# Key results to start from; `krgate policy show` prints them. One is changed by\n\
         # writing a key result of the same id under `objectives`.\n\
         extends: [{}]\n\n",
        list.join(", ")
    );
    reports(&mut text, repository);
    scopes(&mut text, repository);
    text.push_str(
        "# How a finding without a CVSS score is read by filters on score or severity. Most\n\
         # static analysis and secrets tools give none. `fail` counts it as 10.0, `ignore`\n\
         # leaves it out, `unknown` makes the key result unknown.\n\
         severity:\n  unscored: by_level\n  by_level: { error: 8.0, warning: 5.0, note: 2.0 }\n\n",
    );
    let owner = repository.owner.as_deref().unwrap_or("@your-team/appsec");
    let _ = write!(
        text,
        "objectives:\n  # The objective that pack:{} brings along; say who answers for it.\n  \
         - id: {}\n    owner: \"{owner}\"\n",
        packs.first().map_or("baseline", String::as_str),
        packs.first().map_or("baseline", String::as_str),
    );
    text
}

fn reports(text: &mut String, repository: &Repository) {
    text.push_str(
        "# The evidence that must be there. A report that is missing or cannot be read fails\n\
         # the run (exit 3): nothing measured is not nothing found. Globs start at the\n\
         # working directory.\nreports:\n",
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
    if !usable.iter().any(|report| report.class == Class::Sast) {
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
            "  # made by: {command}\n  - name: code scan\n    path: reports/{tool}.sarif\n    class: sast\n"
        );
    }
    if !usable.iter().any(|report| report.class == Class::Secrets) {
        text.push_str(
            "  # made by: mkdir -p reports\n  #   gitleaks git --report-format json --report-path reports/gitleaks.json --exit-code 0\n  \
             - name: secrets\n    path: reports/gitleaks.json\n    format: gitleaks\n    class: secrets\n",
        );
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

fn scopes(text: &mut String, repository: &Repository) {
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
