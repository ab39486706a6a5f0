//! The rules of reading secrets reports, one test or more each, and the door of `ingest`.

#![cfg(test)]

mod rules_secrets {
    mod support;

    mod betterleaks;
    mod door;
    mod every_tool;
    mod ggshield;
    mod github_alerts;
    mod gitlab;
    mod gitleaks;
    mod hostile;
    mod identity;
    mod kingfisher;
    mod noseyparker;
    mod other_tools;
    mod recognition;
    mod scrubbing;
    mod secretlint;
    mod semgrep;
    mod talisman;
    mod trivy;
}
