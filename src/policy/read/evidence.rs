//! Reports, tools, scopes, the period, and how findings are read.

use jiff::tz::TimeZone;

use super::waivers::path_globs;
use super::{Reader, is_true, texts};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Bands, Class, Level, Severity, Untrusted};
use crate::policy::node::Node;
use crate::policy::{
    AcceptDegraded, Enrich, EnrichFile, Iteration, Period, ReportEntry, Scope, SeverityRule,
    SuppressionMode, SuppressionRule, ToolRow, Unscored, command, scalar,
};

impl Reader<'_> {
    pub(super) fn time_zone(root: &Node) -> TimeZone {
        root.get("period")
            .and_then(|period| period.text_of("time_zone"))
            .and_then(|name| scalar::time_zone(name).ok())
            .unwrap_or(TimeZone::UTC)
    }

    pub(super) fn period(&mut self, root: &Node) -> Option<Period> {
        let node = root.get("period")?;
        let start = self.moment_of(node, "start");
        let end = self.moment_of(node, "end");
        let name = node.text_of("name")?.to_owned();
        let (start, end) = (start?, end?);
        if end <= start {
            let at = node.get("end").map_or_else(|| node.head(), |end| end.mark);
            self.fault(
                Diagnostic::new(Code::BadDate, "the period ends before it begins")
                    .at(at.place())
                    .label("expected a day after `start`: the first day that is not in the period"),
            );
        }
        Some(Period {
            name,
            start,
            end,
            time_zone: self.zone.clone(),
            fiscal_start: node.text_of("fiscal_start").and_then(scalar::month_and_day),
        })
    }

    pub(super) fn iteration(&mut self, root: &Node) -> Option<Iteration> {
        let node = root.get("iteration")?;
        let start = self.moment_of(node, "start")?;
        let every = scalar::duration(node.text_of("every")?).ok()?;
        Some(Iteration { start, every })
    }

    pub(super) fn scopes(&mut self, root: &Node) -> Vec<Scope> {
        let entries = root.get("scopes").map(Node::entries).unwrap_or_default();
        entries
            .iter()
            .map(|entry| {
                let node = &entry.node;
                self.takes_something_in(node.get("paths"));
                Scope {
                    name: entry.key.clone(),
                    paths: texts(node.get("paths")),
                    environments: texts(node.get("environments")),
                    refs: texts(node.get("refs")),
                    owners: texts(node.get("owners")),
                    data_class: node.text_of("data_class").map(str::to_owned),
                }
            })
            .collect()
    }

    /// A list of globs that only take away holds no path at all (`policy.md`, Evidence),
    /// which nobody means.
    pub(super) fn takes_something_in(&mut self, globs: Option<&Node>) {
        let Some(globs) = globs else { return };
        let items = globs.one_or_items();
        for item in items {
            self.says_the_folder(item);
        }
        let takes_away = |item: &Node| item.text().is_some_and(|text| text.starts_with('!'));
        if !items.is_empty() && items.iter().all(takes_away) {
            self.fault(
                Diagnostic::new(
                    Code::BadGlob,
                    "these globs only take away, so that no path is in",
                )
                .at(globs.head().place())
                .label("add `\"**\"` before them to take from everything"),
            );
        }
    }

    /// `services` is a file of that name, and nearly always meant as all that lies below it.
    pub(super) fn says_the_folder(&mut self, item: &Node) {
        let Some(glob) = item.text() else { return };
        if scalar::path_glob(glob).is_err() || !scalar::looks_like_a_folder(glob) {
            return;
        }
        self.fault(
            Diagnostic::new(
                Code::NoEffect,
                Message::default()
                    .foreign(Untrusted::new(glob))
                    .own(" matches a file of that name, and nothing below a folder"),
            )
            .at(item.mark.place())
            .label(
                Message::from("write ")
                    .foreign(Untrusted::new(&[glob, "/**"].concat()))
                    .own(" for everything below it"),
            ),
        );
    }

    pub(super) fn reports(&mut self, root: &Node) -> Vec<ReportEntry> {
        let items = root.get("reports").map(Node::items).unwrap_or_default();
        items.iter().filter_map(|node| self.report(node)).collect()
    }

    fn report(&mut self, node: &Node) -> Option<ReportEntry> {
        let path = node.text_of("path")?.to_owned();
        let run = self.command(node.get("run"), &path);
        let accept_degraded = node.get("accept_degraded").and_then(|accept| {
            Some(AcceptDegraded {
                reason: accept.text_of("reason")?.to_owned(),
                owner: accept.text_of("owner")?.to_owned(),
            })
        });
        Some(ReportEntry {
            name: node.text_of("name").unwrap_or(&path).to_owned(),
            line: self.line(node.head()),
            format: node.text_of("format").map(str::to_owned),
            class: node.text_of("class").and_then(Class::from_word),
            tool: node.text_of("tool").map(str::to_owned),
            required: node.text_of("required") != Some("false"),
            strong_evidence: node.text_of("evidence") == Some("strong"),
            verification_attempted: node.text_of("verification") == Some("attempted"),
            of_history: node.text_of("depth") == Some("history"),
            accept_degraded,
            absent_results_mean_none: is_true(node, "absent_results_mean_none"),
            max_age: node
                .text_of("max_age")
                .and_then(|text| scalar::duration(text).ok()),
            covers: node.get("covers").map(path_globs),
            stable_after: node
                .text_of("stable_after")
                .and_then(|text| scalar::whole(text).ok()),
            fresh: node
                .text_of("fresh")
                .and_then(|text| scalar::duration(text).ok()),
            path,
            run,
        })
    }

    /// The words of a command that writes a report; none if there is no command, or a fault.
    fn command(&mut self, node: Option<&Node>, path: &str) -> Vec<String> {
        let Some(node) = node else { return Vec::new() };
        let read = if let Some(text) = node.text() {
            command::words(text)
        } else {
            let words = texts(Some(node));
            command::is_command(&words).map(|()| words)
        };
        let names_the_path = |words: &Vec<String>| {
            let mut words = words.iter();
            words.any(|word| word.contains(command::PATH_WORD))
        };
        let is_glob = path.contains(['*', '?', '[', '{']);
        match read {
            Ok(words) if is_glob && names_the_path(&words) => {
                self.no_command(node, "`{path}` is one file, and the entry's path is a glob");
                Vec::new()
            }
            Ok(words) => words,
            Err(why) => {
                self.no_command(node, why);
                Vec::new()
            }
        }
    }

    fn no_command(&mut self, node: &Node, why: &'static str) {
        self.fault(
            Diagnostic::new(
                Code::BadCommand,
                Message::from("this command cannot be started: ").own(why),
            )
            .at(node.mark.place())
            .label("write the program and its arguments, as words or as a list")
            .hint(
                "what needs a shell is a script of the repository, or \
                 `[sh, -c, 'scan > \"$1\"', sh, \"{path}\"]`",
            ),
        );
    }

    pub(super) fn tools(root: &Node) -> Vec<ToolRow> {
        let entries = root.get("tools").map(Node::entries).unwrap_or_default();
        entries
            .iter()
            .map(|entry| {
                let classes = entry.node.get("class");
                let mut names = vec![entry.key.clone()];
                names.extend(texts(entry.node.get("aliases")));
                names.dedup();
                ToolRow {
                    alias: entry.key.clone(),
                    names,
                    classes: texts(classes)
                        .iter()
                        .filter_map(|word| Class::from_word(word))
                        .collect(),
                }
            })
            .collect()
    }

    pub(super) fn severity(&mut self, root: &Node) -> SeverityRule {
        let Some(node) = root.get("severity") else {
            return SeverityRule {
                unscored: Unscored::Unknown,
                by_level: Vec::new(),
                score_source: Vec::new(),
                bands: Bands::default(),
            };
        };
        let unscored = match node.text_of("unscored") {
            Some("by_level") => Unscored::ByLevel,
            Some("ignore") => Unscored::Ignore,
            Some("fail") => Unscored::Fail,
            _ => Unscored::Unknown,
        };
        self.levels_fit(node, unscored);
        let levels = node.get("by_level").map(Node::entries).unwrap_or_default();
        SeverityRule {
            unscored,
            score_source: self.score_source(node),
            bands: self.bands(node),
            by_level: levels
                .iter()
                .filter_map(|entry| {
                    let score = scalar::tenths(entry.node.text()?).ok()?;
                    Some((Level::from_word(&entry.key)?, score))
                })
                .collect(),
        }
    }

    /// Names of sources in order, without the `max` at their end, which is what holds where
    /// none of them gave a score.
    fn score_source(&mut self, node: &Node) -> Vec<String> {
        let Some(source) = node.get("score_source") else {
            return Vec::new();
        };
        let mut names = texts(Some(source));
        let max = names.iter().position(|name| name == "max");
        if let Some(at) = max {
            if at + 1 < names.len() {
                self.fault(
                    Diagnostic::new(
                        Code::NoEffect,
                        "`score_source` names sources after `max`, which are never asked",
                    )
                    .at(source.head().place())
                    .label("the highest score is there wherever there is one: put `max` last"),
                );
            }
            names.truncate(at);
        }
        names
    }

    fn bands(&mut self, node: &Node) -> Bands {
        let Some(own) = node.get("bands") else {
            return Bands::default();
        };
        let of = |key, by_cvss| {
            let text = own.text_of(key);
            text.and_then(|text| scalar::tenths(text).ok())
                .unwrap_or(by_cvss)
        };
        let by_cvss = Bands::default();
        let bands = Bands {
            low: of("low", by_cvss.low),
            medium: of("medium", by_cvss.medium),
            high: of("high", by_cvss.high),
            critical: of("critical", by_cvss.critical),
        };
        if !bands.rise() {
            self.fault(
                Diagnostic::new(
                    Code::BadNumber,
                    "the bands do not rise from `low` to `critical`",
                )
                .at(own.head().place())
                .label(format!(
                    "with those of CVSS where one is left out they are low {}, medium {}, high {}, critical {}; each must begin above the one before, and `low` above 0.0",
                    bands.low, bands.medium, bands.high, bands.critical
                )),
            );
        }
        bands
    }

    fn levels_fit(&mut self, node: &Node, unscored: Unscored) {
        let by_level = node.entry("by_level");
        match (unscored, node.get("unscored"), by_level) {
            (Unscored::ByLevel, Some(word), None) => self.fault(
                Diagnostic::new(
                    Code::MissingKey,
                    "`unscored: by_level` needs `by_level`, the score of each level",
                )
                .at(word.mark.place())
                .label("add `by_level: { error: 8.0, warning: 5.0, note: 2.0 }` with scores of your choice"),
            ),
            (Unscored::ByLevel, ..) | (_, _, None) => {}
            (_, _, Some(entry)) => self.fault(
                Diagnostic::new(
                    Code::NoEffect,
                    "`by_level` changes nothing without `unscored: by_level`",
                )
                .at(entry.key_mark.place())
                .label("add `unscored: by_level`, or remove it"),
            ),
        }
    }

    /// Dates that are kept and not used yet.
    pub(super) fn dates_of_registers(&mut self, root: &Node) {
        for risk in root.get("risks").map(Node::items).unwrap_or_default() {
            self.moment_of(risk, "reviewed");
        }
        if let Some(iteration) = root.get("iteration") {
            self.moment_of(iteration, "start");
        }
    }
}

/// The data files about exploits.
pub(super) fn enrich(root: &Node) -> Enrich {
    let file = |key| {
        let node = root.get("enrich")?.get(key)?;
        Some(EnrichFile {
            path: node.text_of("path")?.to_owned(),
            max_age: node
                .text_of("max_age")
                .and_then(|text| scalar::duration(text).ok()),
        })
    };
    Enrich {
        kev: file("kev"),
        epss: file("epss"),
    }
}

pub(super) fn suppressions(root: &Node) -> SuppressionRule {
    let node = root.get("suppressions");
    let text = |key| node.and_then(|node| node.text_of(key));
    SuppressionRule {
        mode: match text("mode") {
            Some("honour_external") => SuppressionMode::HonourExternal,
            Some("ignore") => SuppressionMode::Ignore,
            _ => SuppressionMode::Honour,
        },
        max_severity: text("max_severity").and_then(Severity::from_word),
    }
}
