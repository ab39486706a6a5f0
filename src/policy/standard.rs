//! Standards whose requirements a checklist can be held to (rule M23).
//!
//! Of a standard its ids, levels and CWE numbers are built in, and no text: what a
//! requirement says stands in the file of whoever uses it.

/// A standard of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    /// Its name with its version, as the policy writes it.
    pub name: &'static str,
    text: &'static str,
}

/// A requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Its id: `V2.1.1`.
    pub id: &'static str,
    /// The lowest level that asks for it, and with it every higher one; 0 if it was deleted,
    /// so that none does.
    pub level: u32,
    /// The weakness that is there where it is not fulfilled.
    pub cwe: Option<u32>,
}

/// The standards that are built in.
static STANDARDS: [Standard; 1] = [Standard {
    name: "asvs-4.0.3",
    text: include_str!("standards/asvs-4.0.3.txt"),
}];

impl Standard {
    /// The standard of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        STANDARDS.iter().find(|standard| standard.name == name)
    }

    /// The names of all.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        STANDARDS.iter().map(|standard| standard.name)
    }

    /// Its requirements, in its order, those that were deleted among them.
    pub fn requirements(&self) -> impl Iterator<Item = Requirement> + use<> {
        let lines = self.text.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| {
            let mut words = line.split(' ');
            Some(Requirement {
                id: words.next()?,
                level: words.next()?.parse().ok()?,
                cwe: words.next().and_then(|cwe| cwe.parse().ok()),
            })
        })
    }

    /// The id as the standard writes it, of how people do: `2.1.1`, `v2.1.1`,
    /// `v4.0.3-2.1.1`. It need not be one of the standard's.
    pub fn id_of(&self, written: &str) -> String {
        let version = self.name.rsplit('-').next().unwrap_or_default();
        let number = written.trim_start_matches(['V', 'v']);
        let number = number
            .strip_prefix(version)
            .and_then(|rest| rest.strip_prefix('-'))
            .unwrap_or(number);
        ["V", number].concat()
    }

    /// Its chapters, in its order, each once.
    pub(super) fn chapters(&self) -> Vec<&'static str> {
        let mut chapters: Vec<&str> = Vec::new();
        for requirement in self.requirements() {
            if chapters.last() != Some(&requirement.chapter()) {
                chapters.push(requirement.chapter());
            }
        }
        chapters
    }

    /// The highest of its levels; the lowest is 1.
    pub(super) fn highest_level(&self) -> u32 {
        let levels = self.requirements().map(|requirement| requirement.level);
        levels.max().unwrap_or(0)
    }
}

impl Requirement {
    /// Its chapter: `V2`.
    pub fn chapter(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }

    /// True if one of these levels asks for it.
    pub fn is_of(&self, levels: &[u32]) -> bool {
        self.level > 0 && levels.iter().any(|level| *level >= self.level)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn asvs() -> &'static Standard {
        Standard::named("asvs-4.0.3").unwrap()
    }

    #[test]
    fn metric_m23_asvs_has_62_requirements_on_authentication_and_access_control() {
        let wanted = |one: &Requirement| matches!(one.chapter(), "V2" | "V4") && one.is_of(&[1, 2]);
        let part: Vec<Requirement> = asvs().requirements().filter(wanted).collect();
        assert_eq!(part.len(), 62);
        assert!(part.iter().all(|requirement| requirement.cwe.is_some()));
        let cwes: BTreeSet<_> = part.iter().map(|requirement| requirement.cwe).collect();
        assert_eq!(cwes.len(), 28);
        // A level asks for what those below it ask for.
        let second = |one: &Requirement| matches!(one.chapter(), "V2" | "V4") && one.is_of(&[2]);
        assert_eq!(asvs().requirements().filter(second).count(), 62);
    }

    #[test]
    fn metric_m23_every_line_of_a_standard_is_read() {
        for standard in &STANDARDS {
            let lines = standard.text.lines().filter(|line| !line.starts_with('#'));
            let all: Vec<Requirement> = standard.requirements().collect();
            assert_eq!(all.len(), lines.count());
            let ids: BTreeSet<&str> = all.iter().map(|requirement| requirement.id).collect();
            assert_eq!(ids.len(), all.len(), "an id stands twice");
        }
        assert_eq!(asvs().requirements().count(), 286);
        assert_eq!(asvs().chapters().len(), 14);
        assert_eq!(asvs().highest_level(), 3);
        let of = |id| asvs().requirements().find(|one| one.id == id).unwrap();
        assert_eq!((of("V2.1.1").level, of("V2.1.1").cwe), (1, Some(521)));
        assert_eq!((of("V1.1.1").level, of("V1.1.1").cwe), (2, None));
        assert!(!of("V4.1.4").is_of(&[1, 2, 3]), "it was deleted");
    }

    #[test]
    fn metric_m23_ids_are_read_as_people_write_them() {
        for written in ["V2.1.1", "2.1.1", "v2.1.1", "v4.0.3-2.1.1"] {
            assert_eq!(asvs().id_of(written), "V2.1.1");
        }
    }
}
