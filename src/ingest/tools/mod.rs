//! What krgate knows of single tools: names, aliases, classes, quirks.
//!
//! A name is a claim: whoever writes the report writes the name. So names are looked up
//! whole, and a report cannot become a scan of another class by having the name of one in its own.
//! [`Tool::identify`] finds a tool, [`Tool::run_class`] says what its run counts as, and
//! [`Tool::class_of`] what a single result of it is.

mod table;

use crate::model::{Class, ClassSet};

use super::ExtraTool;
use table::{Row, TABLE};

/// How single results of a tool tell their class: the last column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ByResult {
    Nothing,
    CargoDeny,
    Checkov,
    ClangTidy,
    Eslint,
    Exposure,
    GolangciLint,
    JfrogPolicy,
    Kics,
    PatternMatcher,
    Pmd,
    Prowler,
    Psalm,
    Ruff,
    SnykCli,
    Spotbugs,
    Trivy,
}

/// What of a result and its rule tells the class.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ResultFacts<'a> {
    /// The rule id.
    pub(super) rule_id: &'a str,
    /// The rule's `name`.
    pub(super) rule_name: Option<&'a str>,
    /// Tags of the rule, then of the result.
    pub(super) tags: &'a [&'a str],
    /// True if the result has a property `exposure`.
    pub(super) exposure: bool,
    /// The result's property `type`.
    pub(super) kind: Option<&'a str>,
    /// True if the run has a property `imageName`.
    pub(super) image: bool,
}

/// A tool as the table, or a row of the policy before it, knows it.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    /// The alias, or the name in lower case for a tool that nobody knows.
    pub(super) alias: String,
    /// True if a row was found.
    pub(super) known: bool,
    mixed: bool,
    classes: Vec<Class>,
    by_result: ByResult,
}

/// What a run counts as (steps 2 and 3 of the class rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunClass {
    /// The class; `None` for a mixed tool whose entry declares none.
    pub(super) class: Option<Class>,
    /// True if the declared class is not one of the tool's.
    pub(super) conflict: bool,
}

impl Tool {
    /// Finds a tool by the name that it gave itself; rows of the policy go first.
    pub(super) fn identify(name: &str, extra: &[ExtraTool]) -> Self {
        let wanted = normal(name);
        let by_extra_name = extra
            .iter()
            .find(|row| row.names.iter().any(|name| normal(name) == wanted));
        let own = TABLE.iter().find(|row| {
            row.names.contains(&wanted.as_str()) || (row.alias == "qodana" && is_qodana(&wanted))
        });
        match (by_extra_name, own) {
            (Some(row), _) => Self::of_policy(row),
            (None, Some(row)) => Self::of_table(row, extra),
            (None, None) => Self::unknown(wanted),
        }
    }

    /// Finds a tool by its alias, as a report entry names it.
    pub(super) fn by_alias(alias: &str, extra: &[ExtraTool]) -> Self {
        let wanted = alias.trim().to_lowercase();
        if let Some(row) = extra.iter().find(|row| row.alias.to_lowercase() == wanted) {
            return Self::of_policy(row);
        }
        match TABLE.iter().find(|row| row.alias == wanted) {
            Some(row) => Self::of_table(row, extra),
            None => Self::identify(alias, extra),
        }
    }

    fn of_policy(row: &ExtraTool) -> Self {
        // What single results of a tool tell goes before every row (step 1).
        let own = TABLE.iter().find(|own| own.alias == row.alias);
        Self {
            alias: row.alias.clone(),
            known: true,
            mixed: false,
            classes: row.classes.clone(),
            by_result: own.map_or(ByResult::Nothing, |own| own.by_result),
        }
    }

    fn of_table(row: &Row, extra: &[ExtraTool]) -> Self {
        if let Some(row) = extra.iter().find(|extra| extra.alias == row.alias) {
            return Self::of_policy(row);
        }
        Self {
            alias: row.alias.to_owned(),
            known: true,
            mixed: row.mixed,
            classes: row.classes.to_vec(),
            by_result: row.by_result,
        }
    }

    fn unknown(alias: String) -> Self {
        Self {
            alias,
            known: false,
            mixed: false,
            classes: vec![Class::Other],
            by_result: ByResult::Nothing,
        }
    }

    /// True if a clean report does not say which of the tool's scanners ran.
    pub(super) fn is_mixed(&self) -> bool {
        self.mixed
    }

    /// What a run of the tool counts as, given the class that the report entry declares.
    pub(super) fn run_class(&self, declared: Option<Class>) -> RunClass {
        let own = if self.mixed {
            None
        } else {
            Some(self.classes.first().copied().unwrap_or(Class::Other))
        };
        match declared {
            Some(class)
                if !self.known || own == Some(Class::Other) || self.classes.contains(&class) =>
            {
                RunClass {
                    class: Some(class),
                    conflict: false,
                }
            }
            Some(_) => RunClass {
                class: own,
                conflict: true,
            },
            None => RunClass {
                class: own,
                conflict: false,
            },
        }
    }

    /// Every class that a finding of such a run can have.
    pub(super) fn could_find(&self, run: RunClass) -> ClassSet {
        let mut classes: ClassSet = self.classes.iter().copied().collect();
        if !self.known {
            classes = ClassSet::EMPTY;
        }
        for class in self.by_result.classes() {
            classes = classes.with(*class);
        }
        classes.with(run.class.unwrap_or(Class::Other))
    }

    /// The class of one result (step 1, then that of the run, then `other`).
    pub(super) fn class_of(&self, facts: &ResultFacts<'_>, run: RunClass) -> Class {
        self.by_result
            .class(facts)
            .or(run.class)
            .unwrap_or(Class::Other)
    }

    /// True if the class of each result is that of the run, whatever its rule.
    pub(super) fn class_is_that_of_the_run(&self) -> bool {
        self.by_result == ByResult::Nothing
    }

    /// True if the tool says `executionSuccessful: false` exactly when it found something.
    pub(super) fn fails_on_findings(&self) -> bool {
        self.alias == "kube-linter"
    }

    /// True if the tool's SARIF never proves that its scan ran to the end.
    pub(super) fn never_proves(&self) -> bool {
        self.alias == "gitleaks"
    }

    /// True if the tool's rule texts hold what it matched (rule S53).
    pub(super) fn rule_texts_hold_matches(&self) -> bool {
        self.alias == "trivy"
    }

    /// True if the number in `security-severity` comes out of the tool's own table of words
    /// (rule 85, C29).
    pub(super) fn derives_score(&self, class: Class) -> bool {
        match self.alias.as_str() {
            "trivy" => matches!(class, Class::Iac | Class::Secrets | Class::License),
            "nuclei" | "prowler" | "scorecard" => true,
            _ => false,
        }
    }
}

/// A name without what surrounds it: trimmed, without leading characters that are neither
/// letter nor digit, in lower case.
fn normal(name: &str) -> String {
    name.trim()
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

/// Qodana names itself by the code of its linter: `QDJVM`, `QDPHP`, …
fn is_qodana(name: &str) -> bool {
    (3..=12).contains(&name.len())
        && name.starts_with("qd")
        && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

impl ByResult {
    /// The classes that a result can be given.
    fn classes(self) -> &'static [Class] {
        use Class::{Container, Iac, License, Other, Sast, Sca, Secrets};
        match self {
            Self::Nothing => &[],
            Self::CargoDeny => &[Sca, License, Other],
            Self::Checkov => &[Secrets, Sca, Iac, License],
            Self::Eslint => &[Sast, Secrets],
            Self::Exposure => &[Sca],
            Self::JfrogPolicy => &[Sca, Secrets],
            Self::Kics | Self::PatternMatcher => &[Secrets],
            Self::Prowler => &[Iac],
            Self::SnykCli => &[Sca, Sast],
            Self::Trivy => &[Container, Sca, Iac, Secrets, License],
            Self::ClangTidy
            | Self::GolangciLint
            | Self::Pmd
            | Self::Psalm
            | Self::Ruff
            | Self::Spotbugs => &[Sast],
        }
    }

    /// The class that the result itself tells, if a rule of the table fits.
    fn class(self, facts: &ResultFacts<'_>) -> Option<Class> {
        let id = facts.rule_id;
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| id.starts_with(prefix));
        let tagged = |tags: &[&str]| facts.tags.iter().any(|tag| tags.contains(tag));
        let name = facts.rule_name.unwrap_or_default();
        let sast_if = |fits: bool| fits.then_some(Class::Sast);
        match self {
            Self::Nothing => None,
            Self::CargoDeny => match id.split_once(':')?.0 {
                "a" => Some(Class::Sca),
                "l" => Some(Class::License),
                "b" | "s" => Some(Class::Other),
                _ => None,
            },
            Self::Checkov => Some(if begins(&["CKV_SECRET_"]) {
                Class::Secrets
            } else if begins(&["CVE-", "GHSA-"]) {
                Class::Sca
            } else if begins(&["CKV"]) {
                Class::Iac
            } else {
                Class::License
            }),
            Self::ClangTidy => sast_if(begins(&["clang-analyzer-", "cert-"])),
            Self::Eslint if begins(&["no-secrets/"]) => Some(Class::Secrets),
            Self::Eslint => sast_if(begins(&["security/", "no-unsanitized/", "@microsoft/sdl/"])),
            Self::Exposure => facts.exposure.then_some(Class::Sca),
            Self::GolangciLint => sast_if(id == "gosec"),
            Self::JfrogPolicy if facts.kind == Some("cve") => Some(Class::Sca),
            Self::JfrogPolicy => begins(&["REQ.SECRET."]).then_some(Class::Secrets),
            Self::Kics => name
                .starts_with("Passwords And Secrets")
                .then_some(Class::Secrets),
            Self::PatternMatcher => begins(&["CSCAN", "SEC101"]).then_some(Class::Secrets),
            Self::Pmd => sast_if(tagged(&["Security"])),
            Self::Prowler => tagged(&["prowler/iac"]).then_some(Class::Iac),
            Self::Psalm => sast_if(tagged(&["security"]) || name.starts_with("Tainted")),
            Self::Ruff => sast_if(id.strip_prefix('S').is_some_and(is_digits)),
            Self::SnykCli if begins(&["SNYK-"]) => Some(Class::Sca),
            Self::SnykCli => sast_if(id.contains('/')),
            Self::Spotbugs => sast_if(tagged(&["SECURITY", "MALICIOUS_CODE"])),
            Self::Trivy => trivy(name, facts),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn trivy(name: &str, facts: &ResultFacts<'_>) -> Option<Class> {
    let in_image = if facts.image {
        Class::Container
    } else {
        Class::Sca
    };
    match name {
        "OsPackageVulnerability" => return Some(in_image),
        "LanguageSpecificPackageVulnerability" => return Some(Class::Sca),
        "Misconfiguration" => return Some(Class::Iac),
        "Secret" => return Some(Class::Secrets),
        "License" => return Some(Class::License),
        _ if name.starts_with("OS Package Vulnerability") => return Some(Class::Container),
        _ if name.starts_with("Programming Language Vulnerability") => return Some(Class::Sca),
        _ => {}
    }
    match *facts.tags.first()? {
        "vulnerability" => Some(in_image),
        "misconfiguration" => Some(Class::Iac),
        "secret" => Some(Class::Secrets),
        "license" => Some(Class::License),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn known(name: &str) -> String {
        let tool = Tool::identify(name, &[]);
        assert!(tool.known, "{name}");
        tool.alias
    }

    fn class(tool: &str, facts: &ResultFacts<'_>, declared: Option<Class>) -> Class {
        let tool = Tool::identify(tool, &[]);
        tool.class_of(facts, tool.run_class(declared))
    }

    #[test]
    fn rows_are_unique_and_written_in_lower_case() {
        let mut aliases = BTreeSet::new();
        let mut names = BTreeSet::new();
        for row in TABLE {
            assert!(aliases.insert(row.alias), "{}", row.alias);
            assert!(!row.classes.is_empty(), "{}", row.alias);
            for name in row.names {
                assert!(names.insert(name), "{name}");
                assert_eq!(normal(name), *name, "{name}");
            }
        }
        assert_eq!(TABLE.len(), 127);
    }

    #[test]
    fn sarif_rule_090_names_are_looked_up_whole() {
        assert_eq!(known(" CodeQL "), "codeql");
        assert_eq!(known("🐸 JFrog SAST"), "jfrog-sast");
        assert_eq!(known("GRYPE"), "grype");
        assert_eq!(known("QDPHP"), "qodana");
        assert_eq!(known("Microsoft (R) Visual C# Compiler"), "roslyn");
        for stranger in ["not CodeQL", "CodeQL 2", "", "qd", "QD Acme"] {
            assert!(!Tool::identify(stranger, &[]).known, "{stranger}");
        }
        assert_eq!(Tool::identify("Acme Scan", &[]).alias, "acme scan");
    }

    #[test]
    fn a_row_of_the_policy_stands_before_ours() {
        let extra = [ExtraTool {
            alias: "eslint".to_owned(),
            names: vec!["Our Lint".to_owned()],
            classes: vec![Class::Sast],
        }];
        for name in ["ESLint", "our lint"] {
            let tool = Tool::identify(name, &extra);
            assert_eq!(tool.alias, "eslint");
            assert_eq!(tool.run_class(None).class, Some(Class::Sast));
            let facts = ResultFacts {
                rule_id: "no-secrets/no-secrets",
                ..ResultFacts::default()
            };
            assert_eq!(tool.class_of(&facts, tool.run_class(None)), Class::Secrets);
        }
    }

    #[test]
    fn a_declared_class_must_be_one_of_the_tool_s() {
        let run = |tool: &str, declared| {
            let run = Tool::identify(tool, &[]).run_class(declared);
            (run.class, run.conflict)
        };
        assert_eq!(
            run("gitleaks", Some(Class::Sast)),
            (Some(Class::Secrets), true)
        );
        assert_eq!(
            run("grype", Some(Class::Container)),
            (Some(Class::Container), false)
        );
        assert_eq!(run("grype", None), (Some(Class::Sca), false));
        assert_eq!(run("Pylint", Some(Class::Sast)), (Some(Class::Sast), false));
        assert_eq!(run("Acme", Some(Class::Dast)), (Some(Class::Dast), false));
        assert_eq!(run("Acme", None), (Some(Class::Other), false));
        assert_eq!(run("Trivy", None), (None, false));
        assert_eq!(run("Trivy", Some(Class::Iac)), (Some(Class::Iac), false));
        assert_eq!(run("Trivy", Some(Class::Dast)), (None, true));
    }

    #[test]
    fn a_run_could_find_what_its_row_and_its_results_tell() {
        let could = |tool: &str, declared| {
            let tool = Tool::identify(tool, &[]);
            let classes: Vec<_> = tool.could_find(tool.run_class(declared)).iter().collect();
            classes
        };
        assert_eq!(could("bandit", None), [Class::Sast]);
        assert_eq!(could("Acme", Some(Class::Dast)), [Class::Dast]);
        assert_eq!(could("Acme", None), [Class::Other]);
        assert_eq!(could("KICS", None), [Class::Secrets, Class::Iac]);
        assert!(could("Trivy", None).contains(&Class::Other));
    }

    #[test]
    fn results_tell_their_class_by_the_last_column() {
        let id = |rule_id| ResultFacts {
            rule_id,
            ..ResultFacts::default()
        };
        for (tool, rule, expected) in [
            ("ruff", "S105", Class::Sast),
            ("ruff", "SIM1", Class::Other),
            ("cargo-deny", "a:vulnerability", Class::Sca),
            ("cargo-deny", "l:unlicensed", Class::License),
            ("cargo-deny", "b:banned", Class::Other),
            ("checkov", "CKV_SECRET_6", Class::Secrets),
            ("checkov", "CKV_AWS_1", Class::Iac),
            ("checkov", "GHSA-1", Class::Sca),
            ("checkov", "BC_LIC_1", Class::License),
            ("ESLint", "security/detect-x", Class::Sast),
            ("ESLint", "no-secrets/no-secrets", Class::Secrets),
            ("ESLint", "semi", Class::Other),
            ("snyk-cli", "SNYK-JS-1", Class::Sca),
            ("snyk-cli", "java/Sqli", Class::Sast),
            ("snyk-cli", "x", Class::Other),
            ("golangci-lint", "gosec", Class::Sast),
            ("golangci-lint", "errcheck", Class::Other),
            ("clang-tidy", "cert-err58-cpp", Class::Sast),
            (
                "🐸 JFrog Policy Enforcer",
                "REQ.SECRET.KEYS",
                Class::Secrets,
            ),
        ] {
            assert_eq!(class(tool, &id(rule), None), expected, "{tool} {rule}");
        }
        let trivy = |name, tags: &[&str], image| {
            let facts = ResultFacts {
                rule_name: name,
                tags,
                image,
                ..ResultFacts::default()
            };
            class("Trivy", &facts, None)
        };
        assert_eq!(
            trivy(Some("OsPackageVulnerability"), &[], false),
            Class::Sca
        );
        assert_eq!(
            trivy(Some("OsPackageVulnerability"), &[], true),
            Class::Container
        );
        let old = Some("OS Package Vulnerability (Alpine)");
        assert_eq!(trivy(old, &[], false), Class::Container);
        assert_eq!(trivy(None, &["secret", "security"], false), Class::Secrets);
        assert_eq!(trivy(None, &["security", "secret"], false), Class::Other);
    }
}
