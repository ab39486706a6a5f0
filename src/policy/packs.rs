//! The packs that are built in.

/// A policy fragment with what it needs of the policy that extends it.
#[derive(Debug)]
pub(super) struct Pack {
    /// Its name, after `pack:`.
    pub(super) name: &'static str,
    /// Its text.
    pub(super) text: &'static str,
    /// What the policy must define.
    pub(super) needs: &'static [Need],
}

/// The names of all packs, without `pack:`.
pub fn pack_names() -> Vec<&'static str> {
    PACKS.iter().map(|pack| pack.name).collect()
}

/// What a pack needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// A scope of this name.
    Scope(&'static str),
    /// A word for findings without a score.
    Unscored,
}

/// All packs, in the order of the documentation.
pub(super) static PACKS: [Pack; 2] = [
    Pack {
        name: "baseline",
        text: include_str!("../../policies/baseline.yaml"),
        needs: &[Need::Scope("prod"), Need::Unscored],
    },
    Pack {
        name: "secrets",
        text: include_str!("../../policies/secrets.yaml"),
        needs: &[],
    },
];

/// The pack of a name.
pub(super) fn pack(name: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|pack| pack.name == name)
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
        }
    }

    /// The lines to add.
    pub(super) fn lines(self) -> String {
        match self {
            Self::Scope(name) => {
                format!("scopes:\n  {name}:\n    paths: [\"services/**\", \"!**/tests/**\"]")
            }
            Self::Unscored => {
                "severity:\n  unscored: unknown    # or by_level, ignore, fail".to_owned()
            }
        }
    }
}
