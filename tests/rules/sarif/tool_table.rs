//! The table of tools: every name that a row has, its alias and its classes.

use krgate::diagnostic::Code;
use krgate::model::Class::{self, Container, Dast, Iac, License, Other, Sast, Sca, Secrets};
use serde_json::json;

use crate::support::{log, named_tool, read, run};

/// A row: the alias, the names as written, whether the tool is mixed, the classes.
type Row = (
    &'static str,
    &'static [&'static str],
    bool,
    &'static [Class],
);

/// A mixed tool: its run has no class until its entry declares one.
const MIXED: bool = true;

const ROWS: &[Row] = &[
    (
        "codeql",
        &[
            "CodeQL",
            "CodeQL command-line toolchain",
            "LGTM.com",
            "Semmle QL",
        ],
        !MIXED,
        &[Sast],
    ),
    (
        "semgrep",
        &["Semgrep OSS", "semgrep", "Semgrep PRO"],
        !MIXED,
        &[Sast],
    ),
    ("opengrep", &["Opengrep OSS"], !MIXED, &[Sast]),
    ("bandit", &["Bandit"], !MIXED, &[Sast]),
    ("gosec", &["gosec"], !MIXED, &[Sast]),
    ("brakeman", &["Brakeman"], !MIXED, &[Sast]),
    ("bearer", &["Bearer"], !MIXED, &[Sast]),
    ("njsscan", &["nodejsscan", "njsscan"], !MIXED, &[Sast]),
    ("mobsfscan", &["mobsfscan"], !MIXED, &[Sast]),
    (
        "security-code-scan",
        &["Security Code Scan"],
        !MIXED,
        &[Sast],
    ),
    ("devskim", &["devskim"], !MIXED, &[Sast]),
    ("binskim", &["BinSkim"], !MIXED, &[Sast]),
    ("flawfinder", &["Flawfinder"], !MIXED, &[Sast]),
    ("cppcheck", &["Cppcheck", "CppCheck"], !MIXED, &[Sast]),
    ("clang-analyzer", &["Clang Analyzer"], !MIXED, &[Sast]),
    ("infer", &["Infer"], !MIXED, &[Sast]),
    ("prefast", &["PREfast"], !MIXED, &[Sast]),
    ("slither", &["Slither"], !MIXED, &[Sast]),
    ("pvs-studio", &["PVS-Studio"], !MIXED, &[Sast]),
    ("coverity", &["Coverity"], !MIXED, &[Sast]),
    ("sonarqube", &["SonarQube"], !MIXED, &[Sast]),
    ("horusec", &["Horusec"], !MIXED, &[Sast]),
    ("contrast-scan", &["Contrast Scan"], !MIXED, &[Sast]),
    (
        "datadog-sast",
        &["datadog-static-analyzer"],
        !MIXED,
        &[Sast],
    ),
    (
        "fortify",
        &[
            "Fortify",
            "Micro Focus Fortify Static Code Analyzer",
            "HP Fortify Static Code Analyzer",
        ],
        !MIXED,
        &[Sast],
    ),
    (
        "veracode",
        &["Veracode Static Analysis Pipeline Scan"],
        !MIXED,
        &[Sast],
    ),
    (
        "checkmarx-one",
        &["Checkmarx One"],
        MIXED,
        &[Sast, Sca, Iac, Secrets, Container],
    ),
    ("checkmarx-sast", &["Checkmarx", "CxSAST"], !MIXED, &[Sast]),
    ("snyk-code", &["SnykCode", "Snyk Code"], !MIXED, &[Sast]),
    ("snyk-open-source", &["Snyk Open Source"], !MIXED, &[Sca]),
    ("snyk-container", &["Snyk Container"], !MIXED, &[Container]),
    ("snyk-iac", &["Snyk IaC"], !MIXED, &[Iac]),
    ("snyk-secrets", &["Snyk Secrets"], !MIXED, &[Secrets]),
    ("snyk-cli", &["snyk-cli"], MIXED, &[Sast, Sca]),
    (
        "scan-python",
        &["Python Security Analysis"],
        !MIXED,
        &[Sast],
    ),
    ("jfrog-sast", &["JFrog SAST"], !MIXED, &[Sast]),
    (
        "jfrog-xray",
        &["JFrog Xray Scanner"],
        !MIXED,
        &[Sca, Container],
    ),
    (
        "jfrog-applicability",
        &["JFrog Applicability Scanner"],
        !MIXED,
        &[Sca],
    ),
    (
        "jfrog-malicious",
        &["JFrog Malicious Code scanner"],
        !MIXED,
        &[Sca],
    ),
    (
        "jfrog-secrets",
        &["JFrog Secrets scanner", "JFrog Binary Secrets Scanner"],
        !MIXED,
        &[Secrets],
    ),
    (
        "jfrog-iac",
        &["JFrog Terraform scanner"],
        !MIXED,
        &[Iac, Secrets],
    ),
    (
        "jfrog-policy",
        &["JFrog Policy Enforcer"],
        MIXED,
        &[Sca, Secrets],
    ),
    (
        "trivy",
        &["Trivy"],
        MIXED,
        &[Sca, Container, Iac, Secrets, License],
    ),
    ("grype", &["grype", "Grype"], !MIXED, &[Sca, Container]),
    ("osv-scanner", &["osv-scanner"], !MIXED, &[Sca, Container]),
    ("dependency-check", &["dependency-check"], !MIXED, &[Sca]),
    ("cargo-audit", &["cargo-audit"], !MIXED, &[Sca]),
    ("cargo-deny", &["cargo-deny"], !MIXED, &[Sca, License]),
    ("govulncheck", &["govulncheck"], !MIXED, &[Sca]),
    ("pip-audit", &["pip-audit"], !MIXED, &[Sca]),
    (
        "npm-audit",
        &["npm-audit", "npm audit", "yarn audit", "pnpm audit"],
        !MIXED,
        &[Sca],
    ),
    ("bundler-audit", &["bundler-audit"], !MIXED, &[Sca]),
    ("retire-js", &["retire.js"], !MIXED, &[Sca]),
    ("vet", &["vet"], !MIXED, &[Sca]),
    ("mend", &["Mend", "WhiteSource"], !MIXED, &[Sca]),
    ("fossa", &["FOSSA"], !MIXED, &[License, Sca]),
    ("endor", &["Endor Labs"], MIXED, &[Sca, Sast, Secrets]),
    ("aikido", &["Aikido"], MIXED, &[Sast, Sca, Iac, Secrets]),
    (
        "docker-scout",
        &["docker scout", "Docker Scout"],
        !MIXED,
        &[Container],
    ),
    ("dockle", &["Dockle"], !MIXED, &[Container]),
    (
        "checkov",
        &["Checkov", "Bridgecrew"],
        !MIXED,
        &[Iac, Secrets, Sca, License],
    ),
    ("kics", &["KICS"], !MIXED, &[Iac]),
    ("tfsec", &["tfsec", "defsec"], !MIXED, &[Iac]),
    ("terrascan", &["terrascan"], !MIXED, &[Iac]),
    ("kubescape", &["kubescape"], !MIXED, &[Iac]),
    ("kube-linter", &["kube-linter"], !MIXED, &[Iac]),
    ("polaris", &["Polaris"], !MIXED, &[Iac]),
    ("kube-score", &["kube-score"], !MIXED, &[Iac]),
    ("cfn-nag", &["cfn_nag"], !MIXED, &[Iac]),
    ("template-analyzer", &["Template Analyzer"], !MIXED, &[Iac]),
    ("psrule", &["PSRule"], !MIXED, &[Iac]),
    ("hadolint", &["Hadolint"], !MIXED, &[Iac]),
    ("zizmor", &["zizmor"], !MIXED, &[Iac]),
    ("poutine", &["poutine"], !MIXED, &[Iac]),
    ("gitleaks", &["gitleaks"], !MIXED, &[Secrets]),
    ("betterleaks", &["betterleaks"], !MIXED, &[Secrets]),
    ("trufflehog", &["trufflehog"], !MIXED, &[Secrets]),
    ("kingfisher", &["kingfisher"], !MIXED, &[Secrets]),
    (
        "noseyparker",
        &["noseyparker-cli", "noseyparker"],
        !MIXED,
        &[Secrets],
    ),
    ("titus", &["titus"], !MIXED, &[Secrets]),
    ("ggshield", &["ggshield"], !MIXED, &[Secrets]),
    ("secretlint", &["secretlint"], !MIXED, &[Secrets]),
    ("detect-secrets", &["detect-secrets"], !MIXED, &[Secrets]),
    ("2ms", &["2ms"], !MIXED, &[Secrets]),
    (
        "pattern-matcher",
        &["Microsoft.CodeAnalysis.Sarif.PatternMatcher"],
        MIXED,
        &[Secrets, Other],
    ),
    ("zap", &["OWASP ZAP", "ZAP"], !MIXED, &[Dast]),
    ("nuclei", &["Nuclei"], !MIXED, &[Dast]),
    ("mayhem-api", &["mAPI"], !MIXED, &[Dast]),
    ("mayhem-code", &["Mayhem Code Security"], !MIXED, &[Dast]),
    ("burp", &["Burp Suite"], !MIXED, &[Dast]),
    ("stackhawk", &["StackHawk"], !MIXED, &[Dast]),
    ("nessus", &["Nessus"], !MIXED, &[Other]),
    ("prowler", &["Prowler"], !MIXED, &[Other, Iac]),
    ("scorecard", &["Scorecard"], !MIXED, &[Other]),
    ("heimdall", &["Heimdall Tools"], !MIXED, &[Other]),
    ("ciscat", &["CisCat"], !MIXED, &[Other]),
    ("eslint", &["ESLint"], !MIXED, &[Other, Sast]),
    ("ruff", &["ruff"], !MIXED, &[Other, Sast]),
    ("psalm", &["Psalm"], !MIXED, &[Other, Sast]),
    ("spotbugs", &["SpotBugs"], !MIXED, &[Other, Sast]),
    ("pmd", &["PMD"], !MIXED, &[Other, Sast]),
    (
        "clang-tidy",
        &["Clang-Tidy", "clang-tidy"],
        !MIXED,
        &[Other, Sast],
    ),
    ("golangci-lint", &["golangci-lint"], !MIXED, &[Other, Sast]),
    ("clippy", &["clippy"], !MIXED, &[Other]),
    ("detekt", &["detekt"], !MIXED, &[Other]),
    ("ktlint", &["ktlint"], !MIXED, &[Other]),
    ("swiftlint", &["SwiftLint"], !MIXED, &[Other]),
    ("phpstan", &["PHPStan"], !MIXED, &[Other]),
    ("pylint", &["Pylint"], !MIXED, &[Other]),
    ("tslint", &["TSLint"], !MIXED, &[Other]),
    ("psscriptanalyzer", &["PSScriptAnalyzer"], !MIXED, &[Other]),
    (
        "shellcheck",
        &["shellcheck", "ShellCheck", "Shell Script Analysis"],
        !MIXED,
        &[Other],
    ),
    (
        "actionlint",
        &["GitHub Actions lint", "actionlint"],
        !MIXED,
        &[Other],
    ),
    ("ansible-lint", &["ansible-lint"], !MIXED, &[Other]),
    ("cfn-lint", &["cfn-lint"], !MIXED, &[Other]),
    ("typos", &["typos"], !MIXED, &[Other]),
    ("inspectcode", &["InspectCode"], !MIXED, &[Other, Sast]),
    (
        "qodana",
        &["QDJVM", "QDPHP", "QDGO"],
        !MIXED,
        &[Other, Sast],
    ),
    (
        "roslyn",
        &["Microsoft (R) Visual C# Compiler"],
        !MIXED,
        &[Other, Sast],
    ),
    ("fxcop", &["FxCop"], !MIXED, &[Other, Sast]),
    ("msbuild", &["MSBuild"], !MIXED, &[Other]),
    ("sdv", &["StaticDriverVerifier"], !MIXED, &[Other, Sast]),
    (
        "android-lint",
        &["AndroidStudio", "Android Lint"],
        !MIXED,
        &[Other, Sast],
    ),
    ("rubocop", &["RuboCop"], !MIXED, &[Other, Sast]),
    ("checkstyle", &["Checkstyle"], !MIXED, &[Other]),
    ("spectral", &["spectral"], !MIXED, &[Other]),
];

#[test]
fn sarif_tool_table_every_name_has_its_alias_and_class() {
    for (alias, names, mixed, classes) in ROWS {
        for name in *names {
            let seen = read(&log(&[run(json!({"tool": named_tool(name, &[])}))]));
            let run = seen.run();
            assert_eq!(run.alias.raw(), *alias, "alias of {name}");
            let class = (!mixed).then_some(classes[0]);
            assert_eq!(run.class, class, "class of {name}");
            assert_eq!(seen.count(Code::ToolClassUnknown), 0, "{name}: {seen}");
            let undeclared = u64::from(*mixed);
            assert_eq!(
                seen.count(Code::ToolClassUndeclared),
                undeclared,
                "{name}: {seen}"
            );
            for class in *classes {
                assert!(
                    run.could_find.contains(*class),
                    "{name} could find {class}: {:?}",
                    run.could_find
                );
            }
        }
    }
}

#[test]
fn sarif_tool_table_declares_each_class_of_a_row() {
    for (_, names, _, classes) in ROWS {
        for class in *classes {
            let expected = krgate::ingest::Expected {
                class: Some(*class),
                ..Default::default()
            };
            let document = log(&[run(json!({"tool": named_tool(names[0], &[])}))]);
            let seen = crate::support::read_expecting(&document, expected);
            assert_eq!(seen.run().class, Some(*class), "{}", names[0]);
            assert_eq!(
                seen.count(Code::ToolClassConflict),
                0,
                "{}: {seen}",
                names[0]
            );
            assert_eq!(
                seen.count(Code::ToolClassUndeclared),
                0,
                "{}: {seen}",
                names[0]
            );
        }
    }
}

#[test]
fn sarif_tool_table_a_project_is_no_tool() {
    // Black Duck writes the scanned project's name where the tool's should stand.
    let seen = read(&log(&[run(json!({"tool": named_tool("my-project", &[])}))]));
    assert_eq!(seen.run().class, Some(Other));
    assert_eq!(seen.count(Code::ToolClassUnknown), 1);
}
