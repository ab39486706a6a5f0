//! The data files that packs ask for, as a proposed policy names them.

use std::fmt::Write as _;

use crate::policy::{Need, Pack};

/// A file that a key result of a pack reads: its path, its columns, and what a line is.
struct DataFile {
    path: &'static str,
    columns: &'static str,
    line: &'static str,
}

/// The files of key results, by path.
static FILES: [DataFile; 8] = [
    DataFile {
        path: "controls/asvs.csv",
        columns: "id,status",
        line: "a requirement (V2.1.1): pass, fail or not_applicable",
    },
    DataFile {
        path: "controls/authz-scenarios.csv",
        columns: "id,scenario,result,retest_by",
        line: "a scenario of the threat model: tested, na or open, and until when that counts",
    },
    DataFile {
        path: "data/deployments.csv",
        columns: "at,hours_fix_to_prod",
        line: "a fix: when it was deployed, and how many hours after it was merged",
    },
    DataFile {
        path: "data/push-protection.csv",
        columns: "at,bypassed",
        line: "a push that was stopped: when, and whether it was let through (true, false)",
    },
    DataFile {
        path: "data/services.csv",
        columns: "service,archived,sbom,at",
        line: "a service: true or false twice, and when that was looked at",
    },
    DataFile {
        path: "data/threat-models.csv",
        columns: "id,active,reviewed,exported",
        line: "a threat model: when it was reviewed, and when the list was exported",
    },
    DataFile {
        path: "data/training.csv",
        columns: "login,course,expires,exported",
        line: "a course that somebody took (access-control), and its last day",
    },
    DataFile {
        path: "data/work.csv",
        columns: "item,kind,points,at",
        line: "a piece of work: unplanned or anything else, its size, and when it was done",
    },
];

/// `enrich` and `data`: the files that are named once.
pub(super) fn named_once(text: &mut String, packs: &[&Pack]) {
    let needs = |need: Need| packs.iter().any(|pack| pack.needs.contains(&need));
    if needs(Need::Enrich("kev")) {
        text.push_str(
            "# What attackers use. A job downloads both before the gate; krgate fetches nothing:\n\
             #   curl -fsSLo data/kev.json https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json\n\
             #   curl -fsSLo data/epss.csv.gz https://epss.empiricalsecurity.com/epss_scores-current.csv.gz\n\
             enrich:\n  kev: { path: data/kev.json, max_age: 7d }\n  epss: { path: data/epss.csv.gz, max_age: 2d }\n\n",
        );
    }
    let mut lines = String::new();
    if needs(Need::DataFile("inventory")) {
        lines.push_str(
            "  # repository,archived,exported: a line for each repository (acme/shop), and true for\n  \
             # those that nobody works on any more.\n  \
             inventory: { file: data/repositories.csv, as_of: { column: exported } }\n",
        );
    }
    if needs(Need::DataFile("roster")) {
        lines.push_str(
            "  # login,exported: a line for each person.\n  \
             roster: { file: data/people.csv, as_of: { column: exported } }\n",
        );
    }
    if needs(Need::DataFile("advisories")) {
        lines.push_str(
            "  # id,published: a line for each advisory (CVE-2026-1234, GHSA-…) and its day. It is\n  \
             # looked at when a state is recorded.\n  \
             advisories: { file: data/advisories.csv }\n",
        );
    }
    if !lines.is_empty() {
        let _ = write!(
            text,
            "# Files of yours, from the root of the repository. Where one is missing, what it\n\
             # would say is unknown.\ndata:\n{lines}\n"
        );
    }
}

/// What to write into the files that key results name.
pub(super) fn of_key_results(text: &mut String, packs: &[&Pack]) {
    let is_named = |file: &&DataFile| {
        let named = format!("file: {},", file.path);
        let last = format!("file: {} ", file.path);
        packs
            .iter()
            .any(|pack| pack.text.contains(&named) || pack.text.contains(&last))
    };
    let files: Vec<&DataFile> = FILES.iter().filter(is_named).collect();
    if files.is_empty() {
        return;
    }
    text.push_str(
        "# Key results of the packs read these files too, CSV with a line of names. One that is\n\
         # missing, or whose newest date is older than a week, leaves its key result unknown:\n",
    );
    for file in files {
        let _ = write!(
            text,
            "#   {}\n#     {}\n#     {}\n",
            file.path, file.columns, file.line
        );
    }
    text.push('\n');
}
