//! Results become findings, or counts.

use crate::diagnostic::Code;
use crate::model::{
    BaselineState, Class, Cvss, Finding, Fingerprint, FingerprintRange, Level, PathId, Region,
    ResultCounts, Rule, RuleId, RunId, SecretId, TextId, Triage, Validity,
};

use super::super::builder::Builder;
use super::super::cwe;
use super::super::location::{Bases, Trouble};
use super::super::tools::ResultFacts;
use super::super::window::Refusal;
use super::component::RuleInfo;
use super::identity::Identity;
use super::invocation::Invocations;
use super::lookup::{Found, Lookup, RulePlace};
use super::notes::Notes;
use super::pending::{Baseline, Pending, Print, ResultKind, Snippets};
use super::prints;
use super::result::{Part, unknown_baseline};
use super::score::{self, ScoreProps};
use super::tables::{Extra, Local, NONE, PlaceKey, Promoted, RuleRef, Tables, Taxon, place};

/// The id of a finding without a rule (rule 58).
const NO_RULE: &str = "(no rule)";

/// Turns the results of one run into findings.
pub(super) struct Settler<'s, 'c, 'r> {
    builder: &'s mut Builder<'c>,
    tables: &'s Tables,
    notes: &'s mut Notes<'r>,
    lookup: &'s Lookup<'s>,
    identity: &'s Identity,
    bases: &'s Bases,
    pub(super) artifacts: &'s [PlaceKey],
    pub(super) taxonomies: &'s [(Option<Local>, Option<Local>)],
    pub(super) image: bool,
    pub(super) columns: bool,
    run: RunId,
    /// By invocation: rules and the levels that they have there.
    overrides: Vec<Vec<(Target, Level)>>,
    promoted: Promoted,
    /// By number of a rule reference.
    cases: Vec<Option<Case>>,
    /// By number of a place.
    spots: Vec<Option<Spot>>,
    /// Fingerprints that several results share, sorted (rule 94).
    shared: Vec<(Local, [u8; 16])>,
    /// True if a result says how it stands to the tool's baseline.
    baselined: bool,
    outcome: Outcome,
}

/// What came of all results of a run.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) counts: ResultCounts,
    /// The highest score among results that need review.
    pub(super) worst_review: Option<Cvss>,
    /// True if a secret was checked.
    pub(super) checked: bool,
}

/// A rule as an override means it: by place, or by an id that no rule has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Rule(RulePlace),
    Id(Local),
    Nothing,
}

impl Target {
    fn of(reference: &RuleRef, found: &Found) -> Self {
        match (found.rule, reference.id) {
            (Some(rule), _) => Self::Rule(rule),
            (None, Some(id)) => Self::Id(id),
            (None, None) => Self::Nothing,
        }
    }
}

/// What results of one rule reference share, unless they have properties of their own.
#[derive(Debug, Clone, Copy)]
struct Case {
    found: Found,
    target: Target,
    class: Class,
    rule: Option<RuleId>,
}

/// A place that was resolved.
#[derive(Debug, Clone, Copy, Default)]
struct Spot {
    path: Option<PathId>,
    trouble: Option<Trouble>,
}

impl<'s, 'c, 'r> Settler<'s, 'c, 'r> {
    pub(super) fn new(
        builder: &'s mut Builder<'c>,
        tables: &'s Tables,
        notes: &'s mut Notes<'r>,
        lookup: &'s Lookup<'s>,
        identity: &'s Identity,
        bases: &'s Bases,
    ) -> Self {
        Self {
            run: builder.next_run(),
            builder,
            tables,
            notes,
            lookup,
            identity,
            bases,
            artifacts: &[],
            taxonomies: &[],
            image: false,
            columns: false,
            overrides: Vec::new(),
            promoted: Promoted::new(&tables.pool),
            cases: vec![None; tables.rules.len()],
            spots: vec![None; tables.places.len()],
            shared: Vec::new(),
            baselined: false,
            outcome: Outcome::default(),
        }
    }

    /// Settles all results, in the order of the report.
    pub(super) fn all(
        mut self,
        parts: Vec<Part>,
        invocations: &Invocations,
    ) -> Result<Outcome, Refusal> {
        self.overrides = self.resolve_overrides(invocations);
        self.shared = shared(&parts);
        let results = || parts.iter().flat_map(|part| part.results.iter());
        self.baselined = results().any(|one| one.baseline != Baseline::Unstated);
        let findings = results().filter(|one| one.counts()).count();
        self.builder.intake.findings.reserve_exact(findings);
        let mut item = 0;
        for mut part in parts {
            part.messages.close();
            if !Identity::snippets_are_secrets(&self.identity.tool.alias) {
                part.snippets = Snippets::default();
            }
            let results = std::mem::take(&mut part.results);
            for pending in results.drain() {
                self.one(&pending, item, &mut part)?;
                item += 1;
            }
        }
        Ok(self.outcome)
    }

    fn resolve_overrides(&self, invocations: &Invocations) -> Vec<Vec<(Target, Level)>> {
        let of_one = |overrides: &[(RuleRef, Level)]| {
            let resolved = overrides.iter().map(|(reference, level)| {
                let found = self.lookup.resolve(reference, &self.tables.pool);
                (Target::of(reference, &found), *level)
            });
            resolved.collect()
        };
        let all = invocations.all.iter();
        all.map(|one| of_one(&one.overrides)).collect()
    }

    /// Settles one result (rules 30 to 41 in their order).
    fn one(&mut self, pending: &Pending, item: usize, part: &mut Part) -> Result<(), Refusal> {
        let counts = &mut self.outcome.counts;
        if !pending.counts() {
            if pending.kind == ResultKind::Pass {
                counts.passed += 1;
            } else {
                counts.needs_review += 1;
                self.review(pending, item);
            }
            return Ok(());
        }
        let suppressed = pending.suppression.holds();
        if suppressed {
            counts.suppressed += 1;
        } else if pending.baseline == Baseline::Absent {
            counts.resolved += 1;
        } else {
            counts.findings += 1;
        }
        if pending.baseline == Baseline::Absent {
            return Ok(());
        }
        self.finding(pending, item, part, suppressed)
    }

    fn review(&mut self, pending: &Pending, item: usize) {
        let case = self.case(pending.rule);
        let class = self.class(pending, &case);
        let cvss = self.cvss(pending, &case, class, item);
        let judged = |cvss: Cvss| cvss.judged().map(|score| score.tenths);
        let worst = self.outcome.worst_review;
        if worst.is_none_or(|worst| judged(cvss) > judged(worst)) {
            self.outcome.worst_review = Some(cvss);
        }
    }

    fn finding(
        &mut self,
        pending: &Pending,
        item: usize,
        part: &mut Part,
        suppressed: bool,
    ) -> Result<(), Refusal> {
        let case = self.case(pending.rule);
        self.note_rule(&case.found, item);
        let class = self.class(pending, &case);
        let level = self.level(pending, &case);
        let cvss = self.cvss(pending, &case, class, item);
        let spot = self.spot(pending.place);
        self.note_place(spot.trouble, item);
        let region = match spot.path {
            Some(_) => self.region(pending.region),
            None => Region::default(),
        };
        if !suppressed {
            self.count(pending, &case, spot, region);
        }
        if let Some(at) = part.detected.get(place(pending.detected)) {
            self.builder.note_detection(*at);
        }
        let rule = self.rule(pending, &case, class);
        let is_secret = class == Class::Secrets;
        let validity = self.validity(pending, is_secret, level);
        let finding = Finding {
            run: self.run,
            rule,
            path: spot.path,
            region,
            message: if is_secret {
                None
            } else {
                part.messages
                    .keep(pending.message, &mut self.builder.intake.texts)
            },
            cvss,
            class,
            level,
            suppression: pending.suppression,
            baseline: self.baseline(pending.baseline, item),
            validity,
            triage: Triage::Open,
            secret: if is_secret {
                self.secret(pending, part)
            } else {
                None
            },
            commit: pending
                .commit
                .filter(|_| is_secret)
                .map(|commit| self.keep(commit)),
            fingerprints: self.fingerprints(pending, &part.prints),
            facts: None,
            item: u32::try_from(item).unwrap_or(u32::MAX),
        };
        self.builder.push_finding(finding)
    }

    fn keep(&mut self, text: Local) -> TextId {
        self.promoted
            .text(&self.tables.pool, &mut self.builder.intake.texts, text)
    }

    /// What results of a rule reference share.
    fn case(&mut self, number: u32) -> Case {
        if let Some(Some(known)) = self.cases.get(place(number)) {
            return *known;
        }
        let reference = self.tables.rules.get(number).copied().unwrap_or_default();
        let found = self.lookup.resolve(&reference, &self.tables.pool);
        let mut case = Case {
            found,
            target: Target::of(&reference, &found),
            class: Class::Other,
            rule: None,
        };
        case.class = self.class_of(&reference, &found, None);
        if let Some(slot) = self.cases.get_mut(place(number)) {
            *slot = Some(case);
        }
        case
    }

    fn extra(&self, pending: &Pending) -> Option<&'s Extra> {
        if pending.extra == NONE {
            return None;
        }
        self.tables.extras.get(pending.extra)
    }

    fn rule_info(&self, found: &Found) -> Option<&'s RuleInfo> {
        self.lookup.rule(found.rule?)
    }

    fn class(&self, pending: &Pending, case: &Case) -> Class {
        match self.extra(pending) {
            Some(extra) if !self.identity.tool.class_is_that_of_the_run() => {
                let reference = self.tables.rules.get(pending.rule);
                let reference = reference.copied().unwrap_or_default();
                self.class_of(&reference, &case.found, Some(extra))
            }
            _ => case.class,
        }
    }

    fn class_of(&self, reference: &RuleRef, found: &Found, extra: Option<&Extra>) -> Class {
        let identity = self.identity;
        if identity.tool.class_is_that_of_the_run() {
            return identity.run_class.class.unwrap_or(Class::Other);
        }
        let pool = &self.tables.pool;
        let rule = self.rule_info(found);
        let id = reference.id.or(rule.and_then(|rule| rule.id));
        let of_rule = rule.into_iter().flat_map(|rule| &rule.tags);
        let of_result = extra.into_iter().flat_map(|extra| &extra.tags);
        let tags: Vec<&str> = of_rule.chain(of_result).map(|tag| pool.get(*tag)).collect();
        let facts = ResultFacts {
            rule_id: id.map_or("", |id| pool.get(id)),
            rule_name: rule.and_then(|rule| rule.name).map(|name| pool.get(name)),
            tags: &tags,
            exposure: extra.is_some_and(|extra| extra.exposure),
            kind: extra
                .and_then(|extra| extra.kind)
                .map(|kind| pool.get(kind)),
            image: self.image,
        };
        identity.tool.class_of(&facts, identity.run_class)
    }

    fn note_rule(&mut self, found: &Found, item: usize) {
        if found.mismatch {
            self.notes.note(
                Code::SarifRuleMismatch,
                || format!("results[{item}].ruleIndex"),
                || "the rule index and the rule id of a result name different rules".into(),
            );
        }
        if found.missing {
            self.notes.note(
                Code::SarifRuleNotFound,
                || format!("results[{item}]"),
                || "a result names a rule or component that is not there".into(),
            );
        }
    }

    fn note_place(&mut self, trouble: Option<Trouble>, item: usize) {
        let place = || format!("results[{item}].locations[0].physicalLocation");
        match trouble {
            None => {}
            Some(Trouble::Outside) => self.notes.note(Code::PathOutsideRepository, place, || {
                "a path lies outside the repository; every path scope counts it".into()
            }),
            Some(Trouble::Unusable) => self.notes.note(Code::SarifLocationUnusable, place, || {
                "a location cannot be used as a path".into()
            }),
        }
    }

    /// Rules 61 to 66.
    fn level(&self, pending: &Pending, case: &Case) -> Level {
        let overridden = || {
            if pending.invocation == NONE {
                return None;
            }
            let levels = self.overrides.get(place(pending.invocation))?;
            let fits = |target: &Target| *target == case.target && *target != Target::Nothing;
            levels
                .iter()
                .find(|(target, _)| fits(target))
                .map(|(_, level)| *level)
        };
        let by_default = || self.rule_info(&case.found)?.level;
        pending
            .level
            .or_else(overridden)
            .or_else(by_default)
            .unwrap_or(Level::Warning)
    }

    fn cvss(&mut self, pending: &Pending, case: &Case, class: Class, item: usize) -> Cvss {
        let none = ScoreProps::default();
        let own = self.extra(pending).map_or(&none, |extra| &extra.score);
        let rule = self.rule_info(&case.found).map(|rule| &rule.score);
        if own.is_empty() && rule.is_none_or(ScoreProps::is_empty) {
            return Cvss::Unscored;
        }
        let derived = self.identity.tool.derives_score(class);
        score::choose(own, rule, derived, &self.tables.pool, self.notes, || {
            format!("results[{item}]")
        })
    }

    fn count(&mut self, pending: &Pending, case: &Case, spot: Spot, region: Region) {
        let none = ScoreProps::default();
        let own = self.extra(pending).map_or(&none, |extra| &extra.score);
        let rule = self.rule_info(&case.found).map(|rule| &rule.score);
        let number = score::severity_number(own, rule);
        let counts = &mut self.outcome.counts;
        counts.numeric_scores += u64::from(number.is_some());
        counts.max_numeric_score = counts.max_numeric_score.max(number);
        counts.with_path += u64::from(spot.path.is_some());
        counts.with_line += u64::from(region.line.is_some());
    }

    /// The place that outputs show and scopes see, made once for each distinct one.
    fn spot(&mut self, number: u32) -> Spot {
        if number == NONE {
            return Spot::default();
        }
        if let Some(Some(known)) = self.spots.get(place(number)) {
            return *known;
        }
        let spot = self.resolve(number);
        if let Some(slot) = self.spots.get_mut(place(number)) {
            *slot = Some(spot);
        }
        spot
    }

    fn resolve(&mut self, number: u32) -> Spot {
        let key = self.tables.places.get(number).copied().unwrap_or_default();
        let key = match (key.uri, key.artifact) {
            (Some(_), _) => key,
            (None, Some(index)) => match self.artifacts.get(place(index)) {
                Some(artifact) => *artifact,
                None => {
                    return Spot {
                        path: None,
                        trouble: Some(Trouble::Unusable),
                    };
                }
            },
            (None, None) => return Spot::default(),
        };
        let pool = &self.tables.pool;
        let Some(uri) = key.uri else {
            return Spot::default();
        };
        let resolved = self
            .bases
            .place(pool.get(uri), key.base.map(|base| pool.get(base)));
        Spot {
            path: Some(self.builder.path(&resolved.shown, resolved.repo)),
            trouble: resolved.trouble,
        }
    }

    /// An end column means nothing to others unless the report says how it counts (rule 110);
    /// the first column stays, since it tells secrets of one line apart (S76).
    fn region(&self, region: Region) -> Region {
        Region {
            end_column: region.end_column.filter(|_| self.columns),
            ..region
        }
    }

    /// Rule 41.
    fn baseline(&mut self, baseline: Baseline, item: usize) -> BaselineState {
        match baseline {
            Baseline::Existing => BaselineState::Existing,
            Baseline::Unstated if !self.baselined => BaselineState::Unstated,
            Baseline::Unstated => {
                unknown_baseline(self.notes, || format!("results[{item}]"));
                BaselineState::New
            }
            Baseline::New | Baseline::Unknown | Baseline::Absent => BaselineState::New,
        }
    }

    /// Rule 88.
    fn validity(&mut self, pending: &Pending, is_secret: bool, level: Level) -> Validity {
        let validity = match self.identity.tool.alias.as_str() {
            _ if !is_secret => Validity::NotAttempted,
            "trufflehog" if level == Level::Error => Validity::Active,
            "kingfisher" => pending.validity,
            _ => Validity::NotAttempted,
        };
        // What shows that a check was tried (S58).
        self.outcome.checked |= matches!(validity, Validity::Active | Validity::Inactive);
        validity
    }

    /// Which secret it is, where the snippet is the secret (S72, S24).
    fn secret(&mut self, pending: &Pending, part: &Part) -> Option<SecretId> {
        let alias = self.identity.tool.alias.as_str();
        if !Identity::snippets_are_secrets(alias) {
            return None;
        }
        let snippet = part.snippets.expose(pending.snippet)?;
        if alias == "gitleaks" && snippet.ends_with("...") {
            self.builder.vault.conceal(snippet);
            return None;
        }
        self.builder.vault.identify(snippet)
    }

    fn fingerprints(&mut self, pending: &Pending, all: &[Print]) -> FingerprintRange {
        let (start, len) = (place(pending.prints.0), usize::from(pending.prints.1));
        let own = all.get(start..start + len).unwrap_or_default();
        if own.is_empty() {
            return FingerprintRange::default();
        }
        let pool = &self.tables.pool;
        let keys: Vec<&str> = own.iter().map(|print| pool.get(print.key)).collect();
        let first = self.builder.intake.fingerprints.len();
        let mut kept = 0_u16;
        for (print, key) in own.iter().zip(&keys) {
            let is_shared = || self.shared.binary_search(&(print.key, print.value)).is_ok();
            if !prints::is_kept(&self.identity.tool.alias, key, &keys) || is_shared() {
                continue;
            }
            let key = self
                .promoted
                .text(pool, &mut self.builder.intake.texts, print.key);
            self.builder.intake.fingerprints.push(Fingerprint {
                key,
                value: print.value,
            });
            kept += 1;
        }
        if kept == 0 {
            return FingerprintRange::default();
        }
        FingerprintRange {
            start: u32::try_from(first).unwrap_or(u32::MAX),
            len: kept,
        }
    }

    /// The rule that the finding names, made once for each distinct one.
    fn rule(&mut self, pending: &Pending, case: &Case, class: Class) -> RuleId {
        let extra = self.extra(pending);
        let simple = extra.is_none() && class == case.class;
        if let (true, Some(known)) = (simple, case.rule) {
            return known;
        }
        let reference = self.tables.rules.get(pending.rule);
        let reference = reference.copied().unwrap_or_default();
        let rule = self.make_rule(&reference, &case.found, extra, class);
        let made = self.builder.rule(rule);
        if let (true, Some(Some(case))) = (simple, self.cases.get_mut(place(pending.rule))) {
            case.rule = Some(made);
        }
        made
    }

    fn make_rule(
        &mut self,
        reference: &RuleRef,
        found: &Found,
        extra: Option<&Extra>,
        class: Class,
    ) -> Rule {
        let pool = &self.tables.pool;
        let info = self.rule_info(found);
        let id = reference.id.or(info.and_then(|info| info.id));
        let mut numbers: Vec<u32> = Vec::new();
        let of_rule = info.map(|info| (&info.cwe, &info.taxa));
        let of_result = extra.map(|extra| (&extra.cwe, &extra.taxa));
        for (cwe, taxa) in of_rule.into_iter().chain(of_result) {
            numbers.extend(cwe);
            numbers.extend(taxa.iter().filter_map(|taxon| self.cwe_of(taxon)));
        }
        if self.identity.tool.alias == "veracode" {
            numbers.extend(id.and_then(|id| cwe::of_taxon(pool.get(id))));
        }
        numbers.sort_unstable();
        numbers.dedup();
        // Properties of a secret may hold it; those of its rule are the tool's own words,
        // unless the tool copies the match into them (S53).
        let is_secret = class == Class::Secrets;
        let own_tags = extra.filter(|_| !is_secret).map(|extra| &extra.tags);
        let mut tags: Vec<Local> = info
            .map(|info| &info.tags)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        tags.extend(own_tags.into_iter().flatten());
        tags.sort_unstable_by_key(|tag| pool.get(*tag));
        tags.dedup();
        let mut former = info.map_or(Vec::new(), |info| info.former_ids.clone());
        former.retain(|former| Some(*former) != id);
        former.sort_unstable_by_key(|id| pool.get(*id));
        former.dedup();
        let title = info.and_then(|info| info.title.or(info.name));
        let title = title.filter(|_| !is_secret || !self.identity.tool.rule_texts_hold_matches());
        Rule {
            id: match id {
                Some(id) => self.keep(id),
                None => self.builder.intake.texts.intern(NO_RULE),
            },
            title: title.map(|title| self.keep(title)),
            cwe: numbers.into(),
            tags: tags.into_iter().map(|tag| self.keep(tag)).collect(),
            former_ids: former.into_iter().map(|id| self.keep(id)).collect(),
            concealed_id: None,
        }
    }

    /// The number of an entry, if it is one of the taxonomy `CWE` (rules 86, 87).
    fn cwe_of(&self, taxon: &Taxon) -> Option<u32> {
        let pool = &self.tables.pool;
        let component = taxon.component;
        let name = component.name.or_else(|| {
            let by_guid = || {
                let guid = component.guid?;
                self.taxonomies.iter().find(|(_, own)| *own == Some(guid))
            };
            let by_index = || self.taxonomies.get(place(component.index?));
            by_guid().or_else(by_index)?.0
        })?;
        if pool.get(name) == "CWE" {
            cwe::of_taxon(pool.get(taxon.id))
        } else {
            None
        }
    }
}

/// Fingerprints that stand on several results of a run, sorted (rule 94).
fn shared(parts: &[Part]) -> Vec<(Local, [u8; 16])> {
    // Nearly all stand once, as the first bytes of their values tell.
    let prints = parts.iter().flat_map(|part| &part.prints);
    let mut heads: Vec<u64> = prints.map(head).collect();
    heads.sort_unstable();
    let twice = heads.windows(2).filter_map(|pair| match pair {
        [a, b] if a == b => Some(*a),
        _ => None,
    });
    let mut twice: Vec<u64> = twice.collect();
    drop(heads);
    twice.dedup();
    if twice.is_empty() {
        return Vec::new();
    }
    let mut all: Vec<(Local, [u8; 16], u32)> = Vec::new();
    let mut item = 0;
    for part in parts {
        for pending in part.results.iter() {
            let (start, len) = (place(pending.prints.0), usize::from(pending.prints.1));
            let own = part.prints.get(start..start + len).unwrap_or_default();
            let own = own
                .iter()
                .filter(|print| twice.binary_search(&head(print)).is_ok());
            all.extend(own.map(|print| (print.key, print.value, item)));
            item += 1;
        }
    }
    all.sort_unstable();
    all.dedup();
    let mut shared: Vec<(Local, [u8; 16])> = all
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] if (a.0, a.1) == (b.0, b.1) => Some((a.0, a.1)),
            _ => None,
        })
        .collect();
    shared.dedup();
    shared
}

/// The first half of a value.
fn head(print: &Print) -> u64 {
    let head = print.value.first_chunk::<8>();
    head.map_or(0, |head| u64::from_be_bytes(*head))
}
