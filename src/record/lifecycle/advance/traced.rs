//! The open findings of the state as a baseline that a run is compared with (rules L5, L18).

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::{Admitted, Run};
use crate::model::{
    Baseline, ChangedLines, Dependency, FindingId, Fingerprint, FingerprintRange, Intake, KeyCheck,
    Package, Row, Rows, Stream, Texts,
};
use crate::record::lifecycle::event::{KeyKind, Look};
use crate::record::lifecycle::look;
use crate::scope::matching::{Match, Past, trace};

impl Run<'_> {
    /// By place in the intake: as which open finding it is known.
    pub(super) fn trace(
        &self,
        streams: &[Admitted<'_>],
        change: Option<&ChangedLines>,
    ) -> Vec<Match> {
        let intake = &self.scoped.intake;
        if streams.iter().all(|admitted| admitted.known.open() == 0) {
            return vec![Match::New; intake.findings.len()];
        }
        let words = Words::of(intake, &self.rows);
        let mut past = Making::default();
        for admitted in streams {
            past.add(admitted, &words);
        }
        let messages: Vec<_> = intake
            .views()
            .map(|view| look::message_key(&view))
            .collect();
        let past_of = Past {
            baseline: &past.baseline,
            messages: &past.messages,
            changed: &past.changed,
            carry: change,
            key: self.circumstances.key,
        };
        trace(&past_of, intake, &self.rows, &messages)
    }
}

/// The words behind the keys of this run's findings: the ledger has their hashes alone.
struct Words<'a> {
    prints: BTreeMap<[u8; 16], (&'a str, [u8; 16])>,
    dependencies: BTreeMap<[u8; 16], (&'a str, Option<&'a str>, &'a str)>,
}

impl<'a> Words<'a> {
    fn of(intake: &'a Intake, rows: &'a Rows) -> Self {
        let text = |id| intake.texts.get(id).raw();
        let mut words = Self {
            prints: BTreeMap::new(),
            dependencies: BTreeMap::new(),
        };
        for row in &rows.rows {
            for (place, key) in look::tool_keys(intake, rows, row) {
                if let Some(print) = rows.prints_of(row).get(place) {
                    words.prints.insert(key, (text(print.key), print.value));
                }
            }
            if let (Some(key), Some(dependency)) =
                (look::dependency_key(intake, row), row.dependency)
            {
                let package = dependency.package;
                let of = (
                    text(dependency.advisory),
                    package.ecosystem.map(text),
                    text(package.name),
                );
                words.dependencies.insert(key, of);
            }
        }
        words
    }
}

/// A baseline in the making.
#[derive(Debug, Default)]
struct Making {
    baseline: Baseline,
    messages: Vec<Option<[u8; 16]>>,
    changed: Vec<bool>,
}

impl Making {
    fn add(&mut self, admitted: &Admitted<'_>, words: &Words<'_>) {
        let stream = u32::try_from(self.changed.len()).unwrap_or(u32::MAX);
        let text = |text: &crate::model::UntrustedText| text.raw().to_owned();
        self.changed.push(admitted.tool_changed());
        self.baseline.rows.streams.push(Stream {
            tool: text(&admitted.stream.tool),
            category: admitted.stream.category.as_ref().map(text),
            version: None,
            exact: true,
        });
        let last = admitted.known.last.as_ref();
        let key: Option<KeyCheck> = last.and_then(|last| last.key);
        self.baseline.key = self.baseline.key.or(key);
        for tracked in admitted.known.open_findings() {
            let look = &tracked.look;
            let prints = self.prints(look, words);
            let texts = &mut self.baseline.texts;
            self.baseline.rows.rows.push(Row {
                id: tracked.id,
                stream,
                class: admitted.stream.class,
                rule: texts.intern(look.rule.raw()),
                path: look.path.as_ref().map(|path| texts.intern(path.raw())),
                in_repository: look.in_repository,
                line: look.line.and_then(NonZeroU32::new),
                column: None,
                set_aside: false,
                of_history: false,
                secret: look.secret(),
                dependency: dependency(look, words, texts),
                prints,
            });
            self.messages.push(look.key(KeyKind::Message));
        }
    }

    /// The fingerprints that this run has too; others can match nothing.
    fn prints(&mut self, look: &Look, words: &Words<'_>) -> FingerprintRange {
        let prints = &mut self.baseline.rows.prints;
        let start = prints.len();
        for key in look.keys.iter().filter(|key| key.kind == KeyKind::Tool) {
            if let Some((name, value)) = words.prints.get(&key.value) {
                prints.push(Fingerprint {
                    key: self.baseline.texts.intern(name),
                    value: *value,
                });
            }
        }
        FingerprintRange {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            len: u16::try_from(prints.len() - start).unwrap_or(u16::MAX),
        }
    }
}

/// The package; one that this run does not have is told by its key alone.
fn dependency(look: &Look, words: &Words<'_>, texts: &mut Texts) -> Option<Dependency> {
    let key = look.key(KeyKind::Dependency)?;
    if let Some((advisory, ecosystem, name)) = words.dependencies.get(&key) {
        return Some(Dependency {
            advisory: texts.intern(advisory),
            package: Package {
                ecosystem: ecosystem.map(|ecosystem| texts.intern(ecosystem)),
                name: texts.intern(name),
            },
        });
    }
    // No name of a package holds a NUL.
    let only = texts.intern(&format!("\0{}", FindingId::new(key)));
    Some(Dependency {
        advisory: only,
        package: Package {
            ecosystem: None,
            name: only,
        },
    })
}
