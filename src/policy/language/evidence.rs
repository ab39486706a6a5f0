//! Reports, tools, scopes, and how findings are read.

use super::basics::{
    BOOL, CLASS, CLASSES, CVSS, DURATION, ID, PATH_GLOBS, REPORT_NAME, SEVERITY_WORD, TEXT, TEXTS,
    WHOLE,
};
use crate::policy::lexeme::Lexeme;
use crate::policy::shape::{Key, MapShape, Shape, TableShape, Word, WordList};

static REPORT_GLOB: Shape = Shape::Scalar(Lexeme::ReportGlob);

/// Every format that krgate recognises, so that a policy may name those it does not read
/// yet; such a report is refused when it is met.
static FORMAT: Shape = Shape::Words(&WordList {
    noun: "format",
    words: &[
        Word::new("sarif", "SARIF 2.1.0"),
        Word::new("gitleaks", "gitleaks JSON"),
        Word::new("betterleaks", "betterleaks JSON"),
        Word::new("trufflehog", "TruffleHog 3 JSON"),
        Word::new("detect-secrets", "detect-secrets JSON"),
        Word::new("ggshield", "ggshield JSON"),
        Word::new("github-alerts", "secret scanning alerts of the GitHub API"),
        Word::new("gitlab", "GitLab security report"),
        Word::new("noseyparker", "Nosey Parker JSON lines"),
        Word::new("kingfisher", "Kingfisher JSON"),
        Word::new("talisman", "Talisman JSON"),
        Word::new("secretlint", "secretlint JSON"),
        Word::new("trivy", "Trivy JSON"),
        Word::new("semgrep", "Semgrep JSON"),
        Word::new("grype", "Grype JSON"),
        Word::new("osv-scanner", "OSV-Scanner JSON"),
        Word::new("npm-audit", "npm audit JSON"),
        Word::new("cargo-audit", "cargo-audit JSON"),
        Word::new("cyclonedx", "CycloneDX JSON with vulnerabilities"),
        Word::new("openvex", "OpenVEX; belongs under `vex`"),
        Word::new("snyk", "Snyk JSON"),
        Word::new("pip-audit", "pip-audit JSON"),
        Word::new("dependency-check", "OWASP Dependency-Check JSON"),
        Word::new("bandit", "Bandit JSON"),
    ],
});

pub(super) static REPORTS: Shape = Shape::List {
    of: &Shape::Map(&MapShape {
        name: "report",
        noun: "a report entry",
        keys: &[&REPORT_KEYS],
        least: 0,
    }),
    least: 1,
};

static REPORT_KEYS: [Key; 17] = [
    Key::may(
        "name",
        &REPORT_NAME,
        "What people call the report; its path if left out.",
    ),
    Key::must(
        "path",
        &REPORT_GLOB,
        "Path or glob from the working directory; no match is an error unless `required: false`.",
    ),
    Key::may(
        "format",
        &FORMAT,
        "The format; only needed where content cannot tell (`[]`, `null`).",
    ),
    Key::may(
        "class",
        &CLASS,
        "The class of the scan, where the table of tools does not say it.",
    ),
    Key::may(
        "tool",
        &TEXT,
        "Alias of the tool that must have written it; it also names a report that names none.",
    ),
    Key::may(
        "required",
        &BOOL,
        "False if the report may be absent; its class then counts as not run.",
    ),
    Key::may(
        "evidence",
        &Shape::Words(&WordList {
            noun: "strength of evidence",
            words: &[
                Word::new("weak", "a readable report is believed (the default)"),
                Word::new(
                    "strong",
                    "the report must prove that its scan ran to the end",
                ),
            ],
        }),
        "How much a report must prove.",
    ),
    Key::may(
        "verification",
        &Shape::Words(&WordList {
            noun: "verification",
            words: &[Word::new(
                "attempted",
                "the tool was told to verify secrets",
            )],
        }),
        "Says that the tool was told to verify secrets, where its report does not show it.",
    ),
    Key::may(
        "depth",
        &Shape::Words(&WordList {
            noun: "depth",
            words: &[
                Word::new("head", "one commit, for all that is known (the default)"),
                Word::new("history", "all commits"),
            ],
        }),
        "How much of the repository the tool was told to read, where its report does not show it.",
    ),
    Key::may(
        "covers",
        &PATH_GLOBS,
        "Globs that a partial scan covers: of other files the ledger takes nothing as mended.",
    ),
    Key::may(
        "stable_after",
        &WHOLE,
        "After how many scans without it a finding is fixed; 2 for class dast, else 1.",
    ),
    Key::may(
        "fresh",
        &DURATION,
        "How long the last scan of this report stands; `7d` if left out.",
    ),
    Key::may(
        "max_age",
        &DURATION,
        "How old the report may be by its own time; one that tells none is too old.",
    ),
    Key::may(
        "accept_degraded",
        &Shape::Map(&MapShape {
            name: "accept_degraded",
            noun: "`accept_degraded`",
            keys: &[&[
                Key::must(
                    "reason",
                    &TEXT,
                    "Why a run that reports failures is good enough.",
                ),
                Key::must("owner", &TEXT, "Who answers for that."),
            ]],
            least: 0,
        }),
        "Accepts runs of a tool that always reports failures; shown with every verdict.",
    ),
    Key::may(
        "absent_results_mean_none",
        &BOOL,
        "True for a tool that leaves out an empty list of results.",
    ),
    Key::may(
        "run",
        &TEXTS,
        "The command that writes the report, in words or as a list of them; `{path}` is the \
         entry's path. `krgate hook pre-push` runs it where the report is missing or old, once \
         `krgate trust` was given for it.",
    ),
    Key::may("note", &TEXT, "A remark for readers of the policy."),
];

pub(super) static TOOLS: Shape = Shape::Table(&TableShape {
    noun: "tool name",
    key: &ID,
    value: &Shape::Map(&MapShape {
        name: "tool",
        noun: "a tool",
        keys: &[&[
            Key::must(
                "class",
                &CLASSES,
                "The class of its runs; of several, the first.",
            ),
            Key::may(
                "aliases",
                &TEXTS,
                "Names as the tool writes them into its reports; its own name always counts.",
            ),
        ]],
        least: 0,
    }),
    least: 1,
});

pub(super) static SCOPES: Shape = Shape::Table(&TableShape {
    noun: "scope name",
    key: &ID,
    value: &Shape::Map(&MapShape {
        name: "scope",
        noun: "a scope",
        keys: &[&[
            Key::may(
                "paths",
                &PATH_GLOBS,
                "Globs over repository paths; `!` takes away.",
            ),
            Key::may(
                "environments",
                &TEXTS,
                "Environments of the deployment that runs the gate (`--environment`).",
            ),
            Key::may(
                "refs",
                &Shape::OneOrList(&REPORT_GLOB),
                "Globs over the ref that is judged.",
            ),
            Key::may("owners", &TEXTS, "Owners by CODEOWNERS."),
            Key::may(
                "data_class",
                &TEXT,
                "Kind of data in it, shown beside its key results.",
            ),
        ]],
        least: 0,
    }),
    least: 1,
});

pub(super) static SEVERITY: Shape = Shape::Map(&MapShape {
    name: "severity",
    noun: "`severity`",
    keys: &[&[
        Key::may(
            "unscored",
            &Shape::Words(&WordList {
                noun: "way to read a finding without a score",
                words: &[
                    Word::new(
                        "unknown",
                        "it makes a key result unknown where it could decide (the default)",
                    ),
                    Word::new(
                        "by_level",
                        "it takes the score that `by_level` gives to its level",
                    ),
                    Word::new(
                        "ignore",
                        "it is left out, and the output says how many were",
                    ),
                    Word::new("fail", "it counts as 10.0"),
                ],
            }),
            "What becomes of a finding without a CVSS score.",
        ),
        Key::may(
            "by_level",
            &Shape::Map(&MapShape {
                name: "by_level",
                noun: "`by_level`",
                keys: &[&[
                    Key::may("error", &CVSS, "The score that `error` stands for."),
                    Key::may("warning", &CVSS, "The score that `warning` stands for."),
                    Key::may("note", &CVSS, "The score that `note` stands for."),
                    Key::may("none", &CVSS, "The score that `none` stands for."),
                ]],
                least: 1,
            }),
            "Scores by level, for `unscored: by_level`.",
        ),
        Key::may(
            "score_source",
            &TEXTS,
            "Which score of several is judged: `max` (the default), or named sources in order, such as `[nvd, ghsa]`; where none of them gave one, the highest.",
        ),
        Key::may(
            "bands",
            &Shape::Map(&MapShape {
                name: "bands",
                noun: "`bands`",
                keys: &[&[
                    Key::may("critical", &CVSS, "Lowest score of the band; 9.0 by CVSS."),
                    Key::may("high", &CVSS, "Lowest score of the band; 7.0 by CVSS."),
                    Key::may("medium", &CVSS, "Lowest score of the band; 4.0 by CVSS."),
                    Key::may("low", &CVSS, "Lowest score of the band; 0.1 by CVSS."),
                ]],
                least: 1,
            }),
            "Which scores make which severity, where it is not as CVSS has it; a band that is left out keeps its own.",
        ),
    ]],
    least: 1,
});

pub(super) static SUPPRESSIONS: Shape = Shape::Map(&MapShape {
    name: "suppressions",
    noun: "`suppressions`",
    keys: &[&[
        Key::may(
            "mode",
            &Shape::Words(&WordList {
                noun: "mode",
                words: &[
                    Word::new(
                        "honour",
                        "what a report suppresses does not count (the default)",
                    ),
                    Word::new(
                        "honour_external",
                        "suppressions in the source count for nothing",
                    ),
                    Word::new("ignore", "suppressions count for nothing"),
                ],
            }),
            "Which suppressions of reports are honoured.",
        ),
        Key::may(
            "max_severity",
            &SEVERITY_WORD,
            "The band above which no suppression is honoured.",
        ),
    ]],
    least: 1,
});
