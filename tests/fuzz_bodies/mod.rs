//! What must hold for any bytes at all. `tests/fuzz.rs` calls these with changed fixtures,
//! `fuzz/` with what libFuzzer finds; neither adds a rule of its own.

mod encoders;
mod ledger;
mod reports;
mod texts;

#[path = "../render/runner.rs"]
mod runner;
#[path = "../render/visible_form.rs"]
mod visible_form;

pub(crate) use encoders::encoders;
pub(crate) use ledger::ledger;
pub(crate) use reports::{content, cvss, sarif, secrets, vulnerabilities};
pub(crate) use texts::policy;

/// The formats that report secrets; the first byte of an input of [`secrets`] names one.
pub(crate) const SECRETS: &[&str] = &[
    "gitleaks",
    "betterleaks",
    "trufflehog",
    "detect-secrets",
    "ggshield",
    "github-alerts",
    "gitlab",
    "noseyparker",
    "kingfisher",
    "talisman",
    "secretlint",
    "trivy",
    "semgrep",
];

/// The formats that report vulnerabilities and weaknesses, likewise.
pub(crate) const VULNERABILITIES: &[&str] = &[
    "grype",
    "osv-scanner",
    "npm-audit",
    "cargo-audit",
    "pip-audit",
    "bandit",
    "cyclonedx",
    "snyk",
    "dependency-check",
];
