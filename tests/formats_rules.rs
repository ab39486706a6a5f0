//! The rules of formats of vulnerabilities and weaknesses, one test or more each.

#![cfg(test)]

mod rules_formats {
    mod support;

    mod bandit;
    mod cargo_audit;
    mod cyclonedx;
    mod dependency_check;
    mod every_format;
    mod exploits;
    mod gitlab;
    mod grype;
    mod measures;
    mod npm_audit;
    mod osv_scanner;
    mod pip_audit;
    mod snyk;
    mod trivy;
}
