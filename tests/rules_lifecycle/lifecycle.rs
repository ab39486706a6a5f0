//! The rules on the life of a finding, one by one.

use krgate::model::history::{Cause, Close, LifeState, Unadmitted};
use krgate::model::{ChangedLines, Event as Judged, Hunk};
use krgate::policy::Policy;
use krgate::record::lifecycle::{Note, lives, write_streams};
use serde_json::json;

use super::scans::{At, Found, Ledger, Report, commit, day, found, path, policy, scoped, state_at};
use super::support::KEY;

const A: Found = found("ra", "src/a.py", 10);
const B: Found = found("rb", "src/b.py", 10);
const C: Found = found("rc", "src/c.py", 10);

fn full() -> Policy {
    policy("")
}

/// What the last of some scans of full reports says, a day and a commit each.
fn after(scans: &[&[Found]]) -> Ledger {
    let mut ledger = Ledger::default();
    for (number, found) in (0_u32..).zip(scans) {
        let at = state_at(number.into(), number);
        ledger.scan(at, &Report::of(found), &full());
    }
    ledger
}

#[test]
fn lifecycle_l01_streams_do_not_close_each_other_s_findings() {
    let mut ledger = Ledger::default();
    ledger.scan(state_at(0, 0), &Report::of(&[A]), &full());
    let other = Report {
        tool: "Bandit",
        ..Report::of(&[B])
    };
    ledger.scan(state_at(1, 1), &other, &full());
    assert_eq!(ledger.standing(1), "A o · B o");
    // Another version of the tool is the same stream.
    let newer = Report {
        version: "2.0",
        ..Report::of(&[A])
    };
    ledger.scan(state_at(2, 2), &newer, &full());
    assert_eq!(ledger.state.streams.len(), 2);
    assert_eq!(ledger.events(), [""; 0]);
}

#[test]
fn lifecycle_l02_the_first_scan_adopts_and_the_next_does_not() {
    let ledger = after(&[&[A], &[A, B]]);
    let letters = ledger.letters();
    let truncated = |letter| {
        let lives = ledger.lives(1).lives;
        let of = lives.iter().find(|life| letters[&life.id] == letter);
        of.unwrap().left_truncated
    };
    assert!(truncated('A'));
    assert!(!truncated('B'));
}

#[test]
fn lifecycle_l03_an_accepted_failure_opens_and_closes_nothing() {
    let accepting =
        policy(", accept_degraded: { reason: it always warns, owner: \"@acme/appsec\" }");
    let mut ledger = after(&[&[A, B]]);
    let degraded = Report {
        successful: false,
        ..Report::of(&[A, C])
    };
    let advanced = ledger.scan(state_at(1, 1), &degraded, &accepting);
    assert_eq!(advanced.scans[0].unadmitted, None);
    assert_eq!(ledger.events(), ["new C"]);
    assert_eq!(ledger.standing(1), "A o · B o · C o");
    // B was not looked for.
    ledger.scan(state_at(8, 8), &degraded, &accepting);
    assert_eq!(ledger.standing(8), "A o · B u(0) · C o");
    // Without the excuse it is not admitted at all.
    let advanced = ledger.scan(state_at(9, 9), &degraded, &full());
    assert_eq!(advanced.scans[0].unadmitted, Some(Unadmitted::RunFailed));
}

#[test]
fn lifecycle_l04_a_rule_that_is_switched_off_did_not_run() {
    let mut report = Report::of(&[A, B]);
    report.rules = vec!["ra", "rb", "never"];
    let mut ledger = Ledger::default();
    ledger.scan(state_at(0, 0), &report, &full());
    report.found = vec![B];
    let text = report.text().replace(
        r#"{"id":"ra"}"#,
        r#"{"id":"ra","defaultConfiguration":{"enabled":false}}"#,
    );
    assert!(text.contains("enabled"));
    let scan = scoped(&text, &full(), None);
    let advanced = ledger.scan_of(state_at(1, 1), &scan, &full(), None);
    assert_eq!(ledger.events(), [""; 0]);
    assert_eq!(advanced.scans[0].uncovered.rules.len(), 1);
    // A list of the rules that found something tells nothing of others.
    report.rules = vec!["rb"];
    ledger.scan(state_at(2, 2), &report, &full());
    assert_eq!(ledger.events(), ["fixed A at 2"]);
}

/// What becomes of A where nothing strong tells.
fn weakly(before: &[Found], now: &[Found]) -> Vec<String> {
    let mut ledger = Ledger::default();
    let mut edited = ChangedLines::default();
    let hunk = Hunk {
        old: 1,
        lost: 90,
        new: 1,
        added: 90,
    };
    edited.add_hunks(path("src/a.py"), &[hunk]);
    ledger.line.between(0, 1, edited);
    ledger.scan(state_at(0, 0), &Report::of(before), &full());
    ledger.scan(state_at(1, 1), &Report::of(now), &full());
    let mut events = ledger.events();
    events.sort_unstable();
    events
}

#[test]
fn lifecycle_l05_the_history_knows_an_edited_line_by_message_by_nearness_or_as_the_only_one() {
    let at = |line| found("ra", "src/a.py", line);
    let one = [at(10).says("one"), at(12).says("two")];
    let other = [at(80).says("one"), at(12).says("two")];
    assert_eq!(weakly(&one, &other), ["moved A weak"]);
    let (near, nearer) = ([at(10), at(60)], [at(15), at(75)]);
    assert_eq!(weakly(&near, &nearer), ["moved A weak", "moved A weak"]);
    let (alone, still) = (at(10).says("one"), at(60).says("two"));
    assert_eq!(weakly(&[alone], &[still]), ["moved A weak"]);
    // Two that are as near, or two that are left, are nobody's.
    assert_eq!(
        weakly(&[at(10), at(20)], &[at(60), at(80)]),
        ["fixed A at 1", "fixed A at 1", "new A", "new A"]
    );
    assert_eq!(
        weakly(&[at(30)], &[at(25), at(35)]),
        ["fixed A at 1", "new A", "new A"]
    );
}

#[test]
fn lifecycle_l06_what_is_over_of_a_group_of_equals_is_new_or_missing() {
    let at = |line| found("ra", "src/a.py", line).print("same");
    let mut ledger = after(&[&[at(10), at(20), at(30)], &[at(10), at(30)]]);
    // The third is the second now, and has the name of the one that went (rule L9).
    assert_eq!(ledger.events(), ["fixed A at 1", "changed A"]);
    let gone = ledger.lives(1).lives;
    let gone = gone.iter().find(|life| life.state == LifeState::Fixed);
    assert_eq!(gone.unwrap().line, Some(20));
    let more = [at(10), at(30), at(44)];
    ledger.scan(state_at(2, 2), &Report::of(&more), &full());
    assert_eq!(ledger.state.streams.values().next().unwrap().open(), 3);
}

/// A gitleaks report of (value, path, line).
fn gitleaks(secrets: &[(&str, &str, u32)]) -> String {
    let list: Vec<_> = secrets
        .iter()
        .map(|(value, path, line)| {
            json!({
                "RuleID": "example-rule", "Description": "an example", "StartLine": line,
                "EndLine": line, "StartColumn": 1, "EndColumn": 9, "Match": value, "Secret": value,
                "File": path, "Commit": "", "Fingerprint": format!("{path}:example-rule:{line}"),
            })
        })
        .collect();
    json!(list).to_string()
}

const ONE: &str = "ghx_exampleexampleexample1";
const TWO: &str = "ghx_exampleexampleexample2";

#[test]
fn lifecycle_l08_a_secret_is_one_finding_wherever_it_stands() {
    let policy = policy(", format: gitleaks");
    let mut ledger = Ledger::default();
    let mut scan = |number: u32, secrets: &[(&str, &str, u32)]| {
        let scoped = scoped(&gitleaks(secrets), &policy, Some(KEY));
        ledger.scan_of(state_at(number.into(), number), &scoped, &policy, Some(KEY));
        ledger.events()
    };
    let first = scan(0, &[(ONE, "a.py", 3), (ONE, "b.py", 9), (TWO, "c.py", 1)]);
    assert_eq!(first, ["new A", "new C"]);
    assert_eq!(scan(1, &[(ONE, "b.py", 9), (TWO, "c.py", 1)]), ["moved A"]);
    let elsewhere = scan(2, &[(ONE, "d.py", 4), (TWO, "c.py", 1)]);
    assert_eq!(elsewhere, ["moved A"]);
    assert_eq!(scan(3, &[(TWO, "c.py", 1)]), ["fixed A at 3"]);
    let back = scan(4, &[(TWO, "c.py", 1), (ONE, "e.py", 4)]);
    assert_eq!(back, ["reopened A"]);
    let lives = ledger.lives(4).lives;
    let one = lives.iter().find(|life| life.episodes.len() == 2).unwrap();
    assert_eq!(one.aliases.len(), 3);
    assert!(one.secret.is_some());
}

#[test]
fn lifecycle_l07_record_r10_a_record_holds_no_secret_and_no_message() {
    let policy = policy(", format: gitleaks");
    let report = gitleaks(&[(ONE, "a.py", 3), (TWO, "ghx_exampleexampleexample2.txt", 3)]);
    let mut ledger = Ledger::default();
    let scan = scoped(&report, &policy, Some(KEY));
    let advanced = ledger.scan_of(state_at(0, 0), &scan, &policy, Some(KEY));
    let text = write_streams(&advanced.scans).canonical();
    assert!(text.contains("\"s:"), "{text}");
    for foreign in ["ghx_", "an example", "\"m:", "\"t:"] {
        assert!(!text.contains(foreign), "{foreign}: {text}");
    }
    // Without a project key nothing of secrets is kept.
    let mut ledger = Ledger::default();
    let scan = scoped(&report, &policy, None);
    let advanced = ledger.scan_of(state_at(0, 0), &scan, &policy, None);
    assert!(advanced.scans.is_empty());
    assert!(advanced.notes.contains(&Note::NoSecretKey));
    let said = A.says("a message of the tool");
    let advanced = Ledger::default().scan(state_at(0, 0), &Report::of(&[said]), &full());
    let text = write_streams(&advanced.scans).canonical();
    assert!(text.contains("\"m:"), "{text}");
    assert!(!text.contains("a message"), "{text}");
}

#[test]
fn lifecycle_l08_a_package_is_known_without_its_version() {
    let report =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/written/osv-scanner.json");
    let text = std::fs::read_to_string(report).unwrap();
    let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let policy = full();
    let mut ledger = Ledger::default();
    ledger.scan_of(state_at(0, 0), &scoped(&text, &policy, None), &policy, None);
    let open = ledger.state.streams.values().next().unwrap().open();
    assert!(open > 1);
    for result in document["results"].as_array_mut().unwrap() {
        for package in result["packages"].as_array_mut().unwrap() {
            package["package"]["version"] = json!("999.1");
        }
    }
    let upgraded = scoped(&document.to_string(), &policy, None);
    ledger.scan_of(state_at(1, 1), &upgraded, &policy, None);
    assert_eq!(ledger.events(), [""; 0]);
    document["results"].as_array_mut().unwrap().remove(0);
    let without = scoped(&document.to_string(), &policy, None);
    ledger.scan_of(state_at(2, 2), &without, &policy, None);
    let events = ledger.events();
    assert!(!events.is_empty());
    assert!(
        events.iter().all(|event| event.starts_with("fixed")),
        "{events:?}"
    );
    let packages = ledger.lives(2).lives;
    assert!(packages.iter().all(|life| life.package.is_some()));
}

#[test]
fn lifecycle_l09_a_finding_keeps_its_first_id() {
    let mut ledger = after(&[&[A.says("one")], &[A.says("two")]]);
    assert_eq!(ledger.events(), ["changed A"]);
    let life = ledger.lives(1).lives.remove(0);
    assert_eq!(life.aliases.len(), 1);
    // Equals share what an id is made from: the first one's id is given once.
    let at = |line| found("ra", "src/a.py", line);
    ledger = after(&[&[at(10), at(50)], &[at(50)], &[at(50), at(90)]]);
    let lives = ledger.lives(2).lives;
    let states: Vec<_> = lives
        .iter()
        .map(|life| (life.line, life.episodes.len()))
        .collect();
    assert_eq!(
        lives
            .iter()
            .filter(|life| life.state == LifeState::Open)
            .count(),
        2
    );
    assert!(states.contains(&(Some(50), 1)), "{states:?}");
}

#[test]
fn lifecycle_l10_without_a_difference_places_are_taken_as_they_are() {
    let mut ledger = after(&[&[A, B]]);
    ledger.line.shallow = true;
    let advanced = ledger.scan(state_at(1, 0), &Report::of(&[A, B]), &full());
    assert!(advanced.notes.is_empty());
    assert_eq!(advanced.scans[0].unadmitted, None);
    assert_eq!(ledger.events(), [""; 0]);
}

#[test]
fn lifecycle_l11_a_sighting_opens_reopens_or_goes_on() {
    // Open and open again; fixed and reopened as the second episode of the same id.
    let ledger = after(&[&[A, B], &[A], &[A, B], &[A, B]]);
    assert_eq!(ledger.standing(3), "A o · B o2");
    let lives = ledger.lives(3).lives;
    assert_eq!(lives.len(), 2);
    let b = lives.iter().find(|life| life.rule.raw() == "rb").unwrap();
    assert_eq!((b.first_seen, b.state), (day(0), LifeState::Open));
    let opened: Vec<_> = b.episodes.iter().map(|episode| episode.opened).collect();
    assert_eq!(opened, [day(0), day(2)]);
    // Unknown for a while is no end: it goes on where it was.
    let mut ledger = after(&[&[A]]);
    assert_eq!(ledger.standing(20), "A u(0)");
    ledger.scan(state_at(20, 20), &Report::of(&[A]), &full());
    assert_eq!(
        (ledger.events(), ledger.standing(20)),
        (vec![], "A o".to_owned())
    );
}

#[test]
fn lifecycle_l12_a_miss_counts_only_after_the_last_sighting() {
    let policy = policy(", stable_after: 2");
    let mut ledger = Ledger::default();
    ledger.scan(state_at(0, 0), &Report::of(&[A, B]), &policy);
    for (day, found, expected) in [
        (1, &[B][..], "missing A 1/2"),
        // Seen once, the counter begins anew.
        (2, &[A, B], "seen A"),
        (3, &[B], "missing A 1/2"),
        (4, &[B], "fixed A at 3"),
    ] {
        let number = u32::try_from(day).unwrap();
        ledger.scan(state_at(day, number), &Report::of(found), &policy);
        assert_eq!(ledger.events(), [expected], "day {day}");
    }
}

#[test]
fn lifecycle_l15_it_was_fixed_when_it_was_missed_first() {
    let policy = policy(", stable_after: 3");
    let mut ledger = Ledger::default();
    // Missed on day 2 and seen on day 4: that run of misses is over. The last one begins on
    // day 6 and is believed on day 12.
    for (day, found) in [
        (0, &[A, B][..]),
        (2, &[B]),
        (4, &[A, B]),
        (6, &[B]),
        (9, &[B]),
        (12, &[B]),
    ] {
        let number = u32::try_from(day).unwrap();
        ledger.scan(state_at(day, number), &Report::of(found), &policy);
    }
    assert_eq!(ledger.events(), ["fixed A at 6"]);
    let lives = ledger.lives(12).lives;
    let a = lives.iter().find(|life| life.rule.raw() == "ra").unwrap();
    let [episode] = &a.episodes[..] else {
        panic!("{:?}", a.episodes);
    };
    assert_eq!(episode.fixed, Some((day(6), Cause::Scan)));
    assert_eq!(episode.fixing_commit, Some(commit(6)));
}

#[test]
fn lifecycle_l13_the_policy_says_how_often_a_finding_must_be_missed() {
    let policy = policy(", stable_after: 3");
    let mut ledger = Ledger::default();
    ledger.scan(state_at(0, 0), &Report::of(&[A, B]), &policy);
    let expected = ["missing A 1/3", "missing A 2/3", "fixed A at 1"];
    for (number, expected) in (1..).zip(expected) {
        ledger.scan(state_at(number.into(), number), &Report::of(&[B]), &policy);
        assert_eq!(ledger.events(), [expected]);
    }
}

const FEW: [Found; 8] = [
    found("r", "src/1.py", 1),
    found("r", "src/2.py", 1),
    found("r", "src/3.py", 1),
    found("r", "src/4.py", 1),
    found("r", "src/5.py", 1),
    found("r", "src/6.py", 1),
    found("r", "src/7.py", 1),
    found("r", "src/8.py", 1),
];

#[test]
fn lifecycle_l14_a_cliff_is_five_and_half_or_nothing_at_all() {
    let words = |kept: usize| {
        let ledger = after(&[&FEW, &FEW[..kept]]);
        let events = ledger.events();
        let fixed = events.iter().filter(|event| event.starts_with("fixed"));
        (fixed.count(), events.len())
    };
    // Four of eight go, five of eight go, all go.
    assert_eq!(words(4), (4, 4));
    assert_eq!(words(3), (0, 5));
    assert_eq!(words(0), (0, 8));
    // Five of ten are half, and five of eleven are less.
    let ten = [FEW.as_slice(), &[A, B]].concat();
    let ledger = after(&[&ten, &ten[5..]]);
    assert!(
        ledger
            .events()
            .iter()
            .all(|event| event.starts_with("missing"))
    );
    let more = [A, B, C];
    let all = [FEW.as_slice(), more.as_slice()].concat();
    let ledger = after(&[&all, &all[5..]]);
    assert!(
        ledger
            .events()
            .iter()
            .all(|event| event.starts_with("fixed"))
    );
    let ledger = after(&[&[A], &[]]);
    assert_eq!(ledger.events(), ["missing A 1/2"]);
    // A second one closes, and the date is the first one's (rule L15).
    let ledger = after(&[&[A], &[], &[]]);
    assert_eq!(ledger.events(), ["fixed A at 1"]);
    let ledger = after(&[&[A], &[], &[A], &[B]]);
    assert_eq!(ledger.events(), ["fixed A at 3", "new B"]);
}

#[test]
fn lifecycle_l16_a_stream_that_nobody_scans_is_unknown_and_no_event_says_so() {
    let ledger = after(&[&[A, B], &[A]]);
    assert_eq!(ledger.standing(8), "A o · B f");
    assert_eq!(ledger.standing(9), "A u(1) · B f");
    let policy = policy(", fresh: 30d");
    let mut ledger = Ledger::default();
    ledger.scan(state_at(0, 0), &Report::of(&[A]), &policy);
    assert_eq!(ledger.standing(30), "A o");
    assert_eq!(ledger.standing(31), "A u(0)");
    assert_eq!(ledger.lives(31).streams[0].fresh, 30 * 86_400);
    // Seen again it is open, and was never away.
    ledger.scan(state_at(40, 40), &Report::of(&[A]), &policy);
    assert_eq!(ledger.events(), [""; 0]);
    assert_eq!(ledger.standing(40), "A o");
}

#[test]
fn lifecycle_l17_a_deleted_file_is_a_fix_at_once_and_a_moved_one_is_none() {
    let policy = policy(", stable_after: 3, covers: [\"**\", \"!src/b.py\"]");
    let mut ledger = Ledger::default();
    ledger.scan(state_at(0, 0), &Report::of(&[A, B, C]), &full());
    let mut change = ChangedLines::default();
    change.add_deleted(path("src/a.py"));
    change.add_rename(path("src/b.py"), path("src/bb.py"));
    ledger.line.between(0, 1, change);
    ledger.scan(state_at(1, 1), &Report::of(&[C]), &policy);
    // Nobody looks at B, and it is still found by its place when somebody does.
    assert_eq!(ledger.events(), ["fixed A at 1 (removed)", "missing B 1/3"]);
    let moved = found("rb", "src/bb.py", 10);
    ledger.scan(state_at(2, 2), &Report::of(&[C, moved]), &full());
    assert_eq!(ledger.events(), ["seen B"]);
}

#[test]
fn lifecycle_l18_what_another_version_does_not_find_was_not_mended() {
    let mut ledger = after(&[&[A, B]]);
    let newer = |found: &[Found]| Report {
        version: "2.0",
        ..Report::of(found)
    };
    ledger.scan(state_at(1, 1), &newer(&[B, C]), &full());
    assert_eq!(
        ledger.events(),
        ["fixed A at 1 (tool_change)", "new C (tool_change)"]
    );
    // From then on it is the tool as it is.
    ledger.scan(state_at(2, 2), &newer(&[C]), &full());
    assert_eq!(ledger.events(), ["fixed B at 2"]);
    // The cause of the first miss stays.
    let policy = policy(", stable_after: 2");
    let mut ledger = Ledger::default();
    ledger.scan(state_at(0, 0), &Report::of(&[A, B]), &policy);
    ledger.scan(state_at(1, 1), &newer(&[B]), &policy);
    assert_eq!(ledger.events(), ["missing A 1/2 (tool_change)"]);
    ledger.scan(state_at(2, 2), &newer(&[B]), &policy);
    assert_eq!(ledger.events(), ["fixed A at 1 (tool_change)"]);
    let lives = ledger.lives(2).lives;
    let fixed = lives.iter().find_map(|life| life.episodes[0].fixed);
    assert_eq!(fixed, Some((day(1), Cause::ToolChange)));
}

#[test]
fn lifecycle_l19_what_is_set_aside_stays_open_and_counts_again_at_its_end() {
    let mut ledger = after(&[&[A, B], &[A.suppressed(), B]]);
    assert_eq!(ledger.events(), ["changed A"]);
    let life = |ledger: &Ledger| {
        let lives = ledger.lives(2).lives;
        lives
            .into_iter()
            .find(|life| life.rule.raw() == "ra")
            .unwrap()
    };
    let aside = life(&ledger);
    assert_eq!(aside.left, Some(Close::Accepted(day(1))));
    assert_eq!(
        (aside.state, aside.triaged),
        (LifeState::Open, Some(day(1)))
    );
    ledger.scan(state_at(2, 2), &Report::of(&[A, B]), &full());
    let counts = life(&ledger);
    assert_eq!((counts.left, counts.triaged), (None, Some(day(1))));
    assert_eq!((counts.first_seen, counts.episodes.len()), (day(0), 1));
}

#[test]
fn lifecycle_l20_first_seen_is_that_of_the_first_episode() {
    let ledger = after(&[&[A, B], &[B], &[A, B]]);
    let lives = ledger.lives(2).lives;
    assert!(lives.iter().all(|life| life.first_seen == day(0)));
    assert_eq!(ledger.standing(2), "A o2 · B o");
}

#[test]
fn metric_m08_a_new_finding_is_dated_by_the_commit_that_changed_its_file() {
    let mut ledger = after(&[&[A]]);
    let commits = [(1, B.path), (2, "src/other.py"), (3, B.path)];
    ledger.line.commits_between(0, 3, &commits);
    ledger.scan(state_at(4, 3), &Report::of(&[A, B, C]), &full());
    let lives = ledger.lives(4).lives;
    let introduced = |rule: &str| {
        let life = lives.iter().find(|life| life.rule.raw() == rule);
        life.unwrap().introduced
    };
    // Of what was there at the first scan nobody knows; what no commit of the range changed by
    // its name came with the first of them.
    assert_eq!(
        [introduced("ra"), introduced("rb"), introduced("rc")],
        [None, Some(day(1)), Some(day(1))]
    );
    // Where the history is cut off nothing is made up.
    let mut shallow = after(&[&[A]]);
    shallow.scan(state_at(4, 3), &Report::of(&[A, B]), &full());
    let lives = shallow.lives(4).lives;
    assert!(lives.iter().all(|life| life.introduced.is_none()));
}

#[test]
fn lifecycle_l21_a_change_writes_no_transition_and_is_remembered() {
    let mut ledger = after(&[&[A]]);
    let before = ledger.state.streams.clone();
    let change = At {
        day: 1,
        commit: 1,
        judged: Judged::Change,
    };
    let advanced = ledger.scan(change, &Report::of(&[B]), &full());
    assert_eq!(advanced.scans[0].unadmitted, Some(Unadmitted::Change));
    assert_eq!(ledger.state.streams, before);
    ledger.records.last_mut().unwrap().reference = "refs/pull/7/merge".to_owned();
    ledger.scan(state_at(2, 2), &Report::of(&[A, B, C]), &full());
    let lives = ledger.lives(2).lives;
    let shown = |rule: &str| {
        let life = lives.iter().find(|life| life.rule.raw() == rule);
        life.unwrap().seen_on_change
    };
    assert_eq!(
        [shown("ra"), shown("rb"), shown("rc")],
        [false, true, false]
    );
}

#[test]
fn lifecycle_l22_two_tools_that_find_one_thing_are_two_findings() {
    let mut ledger = after(&[&[A]]);
    let other = Report {
        tool: "Bandit",
        ..Report::of(&[A])
    };
    ledger.scan(state_at(1, 1), &other, &full());
    let lives = ledger.lives(1);
    assert_eq!((lives.lives.len(), lives.streams.len()), (2, 2));
    assert_ne!(lives.lives[0].stream, lives.lives[1].stream);
}

#[test]
fn lifecycle_l23_the_order_of_arrival_and_duplicates_change_nothing() {
    let ledger = after(&[&[A, B], &[A], &[A, B, C], &[C], &[B, C]]);
    let expected = ledger.lives(5);
    assert!(expected.drift.is_empty());
    let mut records = ledger.records.clone();
    records.reverse();
    records.extend(ledger.records.clone());
    records.swap(1, 7);
    assert_eq!(lives(records, day(5)), expected);
}

#[test]
fn lifecycle_l23_two_runs_at_once_drift_and_the_next_scan_puts_it_right() {
    let mut ledger = after(&[&[A]]);
    let before = ledger.state.clone();
    ledger.scan(state_at(1, 1), &Report::of(&[A, B]), &full());
    // The other run saw neither this record nor B.
    let after_one = std::mem::replace(&mut ledger.state, before);
    ledger.scan(state_at(2, 2), &Report::of(&[A, C]), &full());
    let drift = ledger.lives(2).drift;
    assert_eq!(
        (drift.len(), drift[0].recorded, drift[0].replayed),
        (1, 2, 3)
    );
    // The same finding of two runs is one.
    let mut replayed = after_one;
    for record in &ledger.records[1..] {
        replayed.take(record.at, record.commit.as_ref(), &record.scans);
    }
    ledger.state = replayed;
    ledger.scan(state_at(3, 3), &Report::of(&[A, C]), &full());
    assert_eq!(ledger.events(), ["fixed B at 3"]);
    let lives = ledger.lives(3);
    assert_eq!((lives.lives.len(), lives.drift.len()), (3, 1));
    assert_eq!(ledger.standing(3), "A o · B f · C o");
}

#[test]
fn lifecycle_l24_an_unchanged_finding_has_no_event() {
    let ledger = after(&[&FEW, &FEW]);
    let scan = &ledger.records[1].scans[0];
    assert_eq!((scan.events.len(), scan.open), (0, 8));
    let text = write_streams(std::slice::from_ref(scan)).canonical();
    assert!(text.len() < 200, "{text}");
    let first = write_streams(&ledger.records[0].scans).canonical();
    // 244 bytes a finding is what part 7 of the rules reckons with.
    assert!(first.len() < 8 * 244, "{}", first.len());
}

#[test]
fn record_r43_commits_and_not_clocks_decide() {
    let mut ledger = Ledger::default();
    ledger.scan(state_at(5, 5), &Report::of(&[A, B]), &full());
    // A slow clock on a newer commit, a fast one on an older commit.
    let slow = ledger.scan(state_at(4, 6), &Report::of(&[B]), &full());
    assert_eq!(slow.scans[0].unadmitted, None);
    let fast = ledger.scan(state_at(9, 3), &Report::of(&[A]), &full());
    assert_eq!(fast.scans[0].unadmitted, Some(Unadmitted::OlderCommit));
}

#[test]
fn record_r44_what_cannot_be_told_is_only_observed() {
    let mut ledger = after(&[&[A, B]]);
    ledger.line.shallow = true;
    let advanced = ledger.scan(state_at(1, 1), &Report::of(&[B]), &full());
    assert_eq!(advanced.scans[0].unadmitted, Some(Unadmitted::Shallow));
    assert_eq!(ledger.standing(1), "A o · B o");
}
