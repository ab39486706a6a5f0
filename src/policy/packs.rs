//! The packs that are built in.

/// A policy fragment with what it needs of the policy that extends it.
#[derive(Debug)]
pub struct Pack {
    /// Its name, after `pack:`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// What the policy must define.
    pub needs: &'static [Need],
}

/// What a pack needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A scope of this name.
    Scope(&'static str),
    /// A word for findings without a score.
    Unscored,
    /// A place for records.
    Ledger,
    /// A file of exploit data.
    Enrich(&'static str),
    /// A file that is named once.
    DataFile(&'static str),
}

/// All packs, in the order of the documentation.
pub static PACKS: [Pack; 5] = [
    Pack {
        name: "baseline",
        text: include_str!("../../policies/baseline.yaml"),
        needs: &[Need::Scope("prod"), Need::Unscored],
    },
    Pack {
        name: "remediation",
        text: include_str!("../../policies/remediation.yaml"),
        needs: &[Need::Ledger],
    },
    Pack {
        name: "secrets",
        text: include_str!("../../policies/secrets.yaml"),
        needs: &[Need::DataFile("inventory")],
    },
    Pack {
        name: "exploit",
        text: include_str!("../../policies/exploit.yaml"),
        needs: &[
            Need::Enrich("kev"),
            Need::Enrich("epss"),
            Need::DataFile("advisories"),
        ],
    },
    Pack {
        name: "programme",
        text: include_str!("../../policies/programme.yaml"),
        needs: &[Need::DataFile("roster")],
    },
];

/// The pack of a name.
pub fn pack(name: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|pack| pack.name == name)
}

/// The names of all packs, without `pack:`.
pub fn pack_names() -> Vec<&'static str> {
    PACKS.iter().map(|pack| pack.name).collect()
}

/// The names of all packs, as `extends` writes them.
pub(super) fn names() -> Vec<String> {
    PACKS
        .iter()
        .map(|pack| format!("pack:{}", pack.name))
        .collect()
}

impl Need {
    /// What is missing, as the rest of "`pack:baseline` needs …".
    pub(super) fn what(self) -> String {
        match self {
            Self::Scope(name) => format!("a scope `{name}`"),
            Self::Unscored => "`severity.unscored`".to_owned(),
            Self::Ledger => "a `ledger`".to_owned(),
            Self::Enrich(name) => format!("`enrich.{name}`"),
            Self::DataFile(name) => format!("`data.{name}`"),
        }
    }

    /// The keys of the policy that lead to it.
    pub(super) const fn path(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Scope(name) => ("scopes", Some(name)),
            Self::Unscored => ("severity", Some("unscored")),
            Self::Ledger => ("ledger", None),
            Self::Enrich(name) => ("enrich", Some(name)),
            Self::DataFile(name) => ("data", Some(name)),
        }
    }

    /// What to write under these keys.
    fn example(self) -> &'static str {
        match self {
            Self::Scope(_) => "{ paths: [\"services/**\", \"!**/tests/**\"] }",
            Self::Unscored => "unknown    # or by_level, ignore, fail",
            Self::Ledger => "dir:.krgate/ledger    # or git:origin, postgres://HOST/DATABASE",
            Self::Enrich("epss") => "{ path: data/epss.csv.gz, max_age: 2d }",
            Self::Enrich(_) => "{ path: data/kev.json, max_age: 7d }",
            Self::DataFile("roster") => "{ file: data/people.csv }",
            Self::DataFile("advisories") => "{ file: data/advisories.csv }",
            Self::DataFile(_) => "{ file: data/repositories.csv }",
        }
    }

    /// The lines to add for some needs, each key once; of a key that `is_there` it is said that
    /// they go below it.
    pub(super) fn lines(needs: &[Self], is_there: impl Fn(&str) -> bool) -> String {
        let mut lines: Vec<String> = Vec::new();
        let mut open = "";
        for need in needs {
            match need.path() {
                (key, None) => lines.push(format!("{key}: {}", need.example())),
                (key, Some(name)) => {
                    if key != open && is_there(key) {
                        lines.push(format!("{key}:    # below what is there"));
                    } else if key != open {
                        lines.push(format!("{key}:"));
                    }
                    open = key;
                    lines.push(format!("  {name}: {}", need.example()));
                }
            }
        }
        lines.join("\n")
    }
}
