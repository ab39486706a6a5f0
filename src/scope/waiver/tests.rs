//! Waivers on hand-made intakes.

use super::*;
use crate::model::history::Aliased;
use crate::model::testing::{IntakeBuilder, RunSpec};
use crate::model::{Class, FindingId, UntrustedText};
use crate::policy::{self, Policy};
use crate::scope::{RunFacts, Scoped, Standing, mark};

fn policy(waivers: &str) -> Policy {
    let text = format!(
        "version: 1\nperiod: {{ name: Q4, start: 2026-10-01, end: 2027-01-01, time_zone: \
         America/Los_Angeles }}\nwaivers: {waivers}\nobjectives:\n  - id: o\n    title: O\n    \
         owner: \"@o\"\n    key_results:\n      - {{ id: k, title: T, measure: {{ count: {{}} }}, \
         target: \"<= 0\" }}\n"
    );
    let loaded = policy::parse("krgate.yaml", &text);
    let Some(policy) = loaded.policy else {
        panic!("policy has faults: {:?}\n{text}", loaded.diagnostics);
    };
    policy
}

/// Findings `ssrf` and `xss` in `services/pay/a.py`, `ssrf` in `web/b.py`, and `ssrf` nowhere;
/// the id of the first is `00…`, of the second `01…`.
fn marked(waivers: &str, now: &str) -> Scoped {
    let mut intake = IntakeBuilder::default();
    let run = intake.run(RunSpec::of("semgrep", Class::Sast));
    intake.finding(run, "py.ssrf", "services/pay/a.py", 1);
    intake.finding(run, "py.xss", "services/pay/a.py", 2);
    intake.finding(run, "py.ssrf", "web/b.py", 3);
    intake.finding(run, "py.ssrf", "", 4);
    let facts = RunFacts {
        now: Some(now.parse().unwrap()),
        ..RunFacts::default()
    };
    mark(intake.build(), &policy(waivers), &facts)
}

const NOON: &str = "2026-11-16T20:00:00Z";

fn waived(scoped: &Scoped) -> Vec<usize> {
    (0..scoped.intake.findings.len())
        .filter(|index| scoped.standing(*index) == Standing::Waived)
        .collect()
}

fn states(scoped: &Scoped) -> Vec<&'static str> {
    scoped.waivers.iter().map(|w| w.state.as_str()).collect()
}

#[test]
fn records_l19_a_waiver_holds_for_what_it_names_and_nothing_else() {
    for (entry, expected) in [
        ("{ finding: 00000000 }", vec![0]),
        ("{ finding: 00000000000000000000000000000000 }", vec![0]),
        ("{ finding: 00000001 }", vec![]),
        ("{ rule: py.ssrf, path: services/** }", vec![0]),
        ("{ rule: py.*, path: services/pay/a.py }", vec![0, 1]),
        ("{ rule: py.ssrf, path: \"**/*.py\" }", vec![0, 2]),
        (
            "{ rule: py.ssrf, path: [\"**/*.py\", \"!web/**\"] }",
            vec![0],
        ),
        ("{ rule: ssrf, path: \"**/*.py\" }", vec![]),
        ("{ finding: 00000000, path: web/** }", vec![]),
        ("{ rule: py.ssrf, package: \"npm/*\" }", vec![]),
    ] {
        let scoped = marked(&format!("{{ list: [{entry}] }}"), NOON);
        assert_eq!(waived(&scoped), expected, "{entry}");
        let state = if expected.is_empty() {
            "unused"
        } else {
            "active"
        };
        assert_eq!(states(&scoped), [state], "{entry}");
    }
    let scoped = marked(
        "{ list: [{ rule: py.xss, path: services/** }, { id: w, finding: 00000000 }] }",
        NOON,
    );
    let by = |finding| scoped.waiver(finding).map(|w| w.waiver.label());
    assert_eq!(by(0).as_deref(), Some("w"));
    assert_eq!(by(1).as_deref(), Some("rule py.xss in services/**"));
    assert_eq!(by(2), None);
}

/// The day is that of the period's time zone: eight hours behind UTC in winter.
#[test]
fn records_l19_a_waiver_holds_through_its_last_day() {
    let waiver = "{ list: [{ finding: 00000000, expires: 2026-11-16 }] }";
    for (now, state, days_left) in [
        ("2026-11-02T08:00:00Z", "ends_soon", Some(14)),
        ("2026-11-02T07:59:59Z", "active", Some(15)),
        ("2026-11-16T08:00:00Z", "ends_soon", Some(0)),
        ("2026-11-17T07:59:59Z", "ends_soon", Some(0)),
        ("2026-11-17T08:00:00Z", "expired", None),
    ] {
        let scoped = marked(waiver, now);
        assert_eq!(states(&scoped), [state], "{now}");
        assert_eq!(scoped.waivers[0].days_left, days_left, "{now}");
        assert_eq!(waived(&scoped).is_empty(), state == "expired", "{now}");
        assert_eq!(scoped.waivers[0].matches, [0], "{now}");
    }
    // Without a clock nothing shows that it still holds.
    let unclocked = mark(
        marked(waiver, NOON).intake,
        &policy(waiver),
        &RunFacts::default(),
    );
    assert!(waived(&unclocked).is_empty());
}

#[test]
fn records_l19_an_expired_waiver_gives_way_to_one_that_holds() {
    let scoped = marked(
        "{ list: [{ id: old, finding: 00000000, expires: 2026-11-01 }, { id: new, finding: \
         00000000, expires: 2026-12-31 }] }",
        NOON,
    );
    assert_eq!(states(&scoped), ["expired", "active"]);
    assert_eq!(scoped.waiver(0).unwrap().waiver.label(), "new");
}

#[test]
fn what_a_policy_demands_of_waivers_is_counted_in_days() {
    let refusal = |demands: &str, entry: &str| {
        let waivers = format!("{{ {demands}, list: [{{ finding: 00000000, {entry} }}] }}");
        let scoped = marked(&waivers, NOON);
        assert_eq!(
            waived(&scoped).is_empty(),
            scoped.waivers[0].refusal.is_some()
        );
        scoped.waivers[0].refusal.clone()
    };
    let lacks = |parts: &[WaiverPart]| Some(WaiverRefusal::Lacks(parts.to_vec()));
    assert_eq!(
        refusal("require: [reason, owner]", "reason: x"),
        lacks(&[WaiverPart::Owner])
    );
    assert_eq!(refusal("require: [reason]", "reason: x"), None);
    // Who allows 90 days does not allow for ever.
    assert_eq!(
        refusal("max_days: 90", "reason: x"),
        lacks(&[WaiverPart::Expires])
    );
    let too_long = |days| Some(WaiverRefusal::TooLong { days, most: 30 });
    for (entry, expected) in [
        ("created: 2026-11-10, expires: 2026-12-10", None),
        ("created: 2026-11-10, expires: 2026-12-11", too_long(31)),
        // From today, without the day on which it was given.
        ("expires: 2026-12-16", None),
        ("expires: 2026-12-17", too_long(31)),
        // A day that is yet to come does not buy time.
        ("created: 2026-12-01, expires: 2026-12-16", None),
        ("created: 2026-12-01, expires: 2026-12-17", too_long(31)),
    ] {
        assert_eq!(refusal("max_days: 30", entry), expected, "{entry}");
    }
}

/// Two findings whose ids begin alike: an id cut short may be that of a finding that nobody
/// looked at.
#[test]
fn records_l09_digits_that_fit_two_findings_waive_none() {
    let mut intake = IntakeBuilder::default();
    let run = intake.run(RunSpec::of("semgrep", Class::Sast));
    intake.finding(run, "a", "a.py", 1);
    intake.finding(run, "b", "b.py", 1);
    let mut intake = intake.build();
    let id = |last| {
        let mut bytes = [0xab; 16];
        bytes[15] = last;
        FindingId::new(bytes)
    };
    intake.ids = vec![id(1), id(2)];
    let facts = RunFacts {
        now: Some(NOON.parse().unwrap()),
        ..RunFacts::default()
    };
    let whole = id(2).to_string();
    let text = format!("{{ list: [{{ finding: abababab }}, {{ finding: {whole} }}] }}");
    let scoped = mark(intake, &policy(&text), &facts);
    assert_eq!(states(&scoped), ["refused", "active"]);
    assert_eq!(scoped.waivers[0].refusal, Some(WaiverRefusal::Ambiguous(2)));
    assert_eq!(waived(&scoped), [1]);
}

#[test]
fn lifecycle_l09_a_waiver_on_a_former_id_holds_where_nothing_has_it_now() {
    let id = |byte: u8| FindingId::new([byte; 16]);
    let known = |first: u8, others: &[u8], path: &str| Aliased {
        first: id(first),
        others: others.iter().copied().map(id).collect(),
        rule: UntrustedText::new("py.ssrf"),
        path: Some(UntrustedText::new(path)),
        is_open: true,
    };
    let marked = |class: Class, waivers: &str, aliases: &[Aliased]| {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("semgrep", class));
        intake.finding(run, "py.ssrf", "services/pay/a.py", 1);
        intake.finding(run, "py.xss", "services/pay/a.py", 2);
        let facts = RunFacts {
            aliases: aliases.iter().cloned().collect(),
            ..RunFacts::default()
        };
        mark(intake.build(), &policy(waivers), &facts)
    };
    let moved = [known(0x77, &[0], "services/pay/a.py")];
    let of = |waivers: &str| waived(&marked(Class::Sast, waivers, &moved));
    assert_eq!(of("{ list: [{ finding: 77777777 }] }"), [0]);
    assert_eq!(of("{ list: [{ finding: 77777777, rule: py.ssrf }] }"), [0]);
    assert_eq!(
        of("{ list: [{ finding: 77777777, rule: py.xss }] }"),
        [0_usize; 0]
    );
    assert_eq!(of("{ list: [{ finding: 77777778 }] }"), [0_usize; 0]);
    // It has moved on, and what stands there now is another one.
    let gone = [known(0x77, &[0], "services/pay/b.py")];
    let waivers = "{ list: [{ finding: 77777777 }] }";
    assert_eq!(waived(&marked(Class::Sast, waivers, &gone)), [0_usize; 0]);
    // Each place of a secret is a finding of its own.
    assert_eq!(
        waived(&marked(Class::Secrets, waivers, &moved)),
        [0_usize; 0]
    );
    // Digits of what is found now name that alone.
    let both = [known(1, &[0], "services/pay/a.py")];
    let waivers = "{ list: [{ finding: 01010101 }] }";
    assert_eq!(waived(&marked(Class::Sast, waivers, &both)), [1]);
}
