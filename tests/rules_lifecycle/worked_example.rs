//! The worked example of the ledger's rules, scan by scan.

use krgate::model::ChangedLines;
use krgate::model::history::{Cause, Unadmitted};

use super::scans::{Found, Ledger, Report, added_on_top, day_of, found, path, policy, state_at};

const A: Found = found("ra", "src/a.py", 10);
const B: Found = found("rb", "src/b.py", 10);
const C: Found = found("rc", "src/c.py", 10);
const D: Found = found("rd", "docs/d.py", 10);
const E: Found = found("re", "src/e.py", 10);
const F: Found = found("rf", "src/f.py", 10);
const G: Found = found("rg", "src/g.py", 10);
const H: Found = found("rh", "src/h.py", 10);

/// A moved four lines, C's file has another name.
const A_MOVED: Found = found("ra", "src/a.py", 14);
const C_MOVED: Found = found("rc", "src/cc.py", 10);
/// A's rule has another name.
const A_RENAMED: Found = found("ra-2", "src/a.py", 14);

fn report(version: &'static str, found: &[Found]) -> Report {
    let mut rules = vec!["ra", "rb", "rc", "rd", "re", "rg", "rh", "never"];
    if version == "2.0" {
        rules = vec!["ra-2", "rb", "rc", "rd", "rf", "rg", "rh", "never"];
    }
    Report {
        version,
        rules,
        ..Report::of(found)
    }
}

/// The ledger after each scan, with the states and the events that the table has.
fn replay() -> Ledger {
    let everything = policy("");
    let without_docs = policy(", covers: [\"**\", \"!docs/**\"]");
    let mut ledger = Ledger::default();
    let mut moved = added_on_top("src/a.py", 4);
    moved.add_rename(path("src/c.py"), path("src/cc.py"));
    ledger.line.between(2, 3, moved);
    let mut removed = ChangedLines::default();
    removed.add_deleted(path("src/g.py"));
    // s4 was not admitted.
    ledger.line.between(3, 5, removed);
    let failed = Report {
        successful: false,
        ..report("1.0", &[])
    };
    let with_b = [A_MOVED, B, C_MOVED, E, H];
    let upgraded = [A_RENAMED, B, C_MOVED, F, H];
    let back = [A_RENAMED, B, C_MOVED, F];
    let last = [A_RENAMED, C_MOVED, F];
    let steps: [(i64, u32, Report, bool, &[&str], &str); 11] = [
        (
            0,
            1,
            report("1.0", &[A, B, C, D, E, G, H]),
            true,
            &[
                "new A", "new B", "new C", "new D", "new E", "new G", "new H",
            ],
            "A o · B o · C o · D o · E o · G o · H o",
        ),
        (
            1,
            2,
            report("1.0", &[A, C, D, E, G, H]),
            true,
            &["fixed B at 1"],
            "A o · B f · C o · D o · E o · G o · H o",
        ),
        (
            2,
            3,
            report("1.0", &[A_MOVED, C_MOVED, D, E, G, H]),
            true,
            &["moved A", "moved C"],
            "A o · B f · C o · D o · E o · G o · H o",
        ),
        (
            3,
            4,
            failed,
            true,
            &[],
            "A o · B f · C o · D o · E o · G o · H o",
        ),
        (
            4,
            5,
            report("1.0", &with_b),
            false,
            &["reopened B", "fixed G at 4 (removed)"],
            "A o · B o2 · C o · D o · E o · G f · H o",
        ),
        (
            5,
            6,
            report("2.0", &upgraded),
            false,
            &["moved A (tool_change)", "new F (tool_change)"],
            "A o · B o2 · C o · D o · E o · F o · G f · H o",
        ),
        (
            6,
            7,
            report("2.0", &[]),
            false,
            &[
                "missing A 1/2",
                "missing B 1/2",
                "missing C 1/2",
                "missing F 1/2",
                "missing H 1/2",
            ],
            "A o · B o2 · C o · D o · E o · F o · G f · H o",
        ),
        (
            7,
            8,
            report("2.0", &back),
            false,
            &["seen A", "seen B", "seen C", "seen F", "fixed H at 6"],
            "A o · B o2 · C o · D o · E o · F o · G f · H f",
        ),
        (
            8,
            7,
            report("2.0", &[B]),
            false,
            &[],
            "A o · B o2 · C o · D o · E o · F o · G f · H f",
        ),
        (
            10,
            10,
            report("2.0", &last),
            false,
            &["fixed B at 10"],
            "A o · B f2 · C o · D u(2) · E o · F o · G f · H f",
        ),
        (
            12,
            11,
            report("2.0", &last),
            true,
            &["fixed D at 12"],
            "A o · B f2 · C o · D f · E u(4) · F o · G f · H f",
        ),
    ];
    for (number, (day, commit, report, all, events, standing)) in steps.into_iter().enumerate() {
        let policy = if all { &everything } else { &without_docs };
        let advanced = ledger.scan(state_at(day, commit), &report, policy);
        let name = format!("s{}", number + 1);
        assert_eq!(ledger.events(), events, "{name}");
        assert_eq!(ledger.standing(day), standing, "{name}");
        let expected = match number + 1 {
            4 => Some(Unadmitted::RunFailed),
            9 => Some(Unadmitted::OlderCommit),
            _ => None,
        };
        assert_eq!(advanced.scans[0].unadmitted, expected, "{name}");
        assert_eq!(advanced.scans[0].tool_change, number + 1 == 6, "{name}");
        assert_eq!(advanced.scans[0].adopts, number == 0, "{name}");
    }
    ledger
}

#[test]
fn lifecycle_l11_to_l18_the_worked_example_with_one_miss() {
    let ledger = replay();
    let letters = ledger.letters();
    let lives = ledger.lives(12);
    assert!(lives.drift.is_empty());
    assert_eq!((lives.streams.len(), lives.scans.len()), (1, 11));
    for life in &lives.lives {
        let letter = letters[&life.id];
        assert_eq!(life.left_truncated, letter != 'F', "{letter}");
        assert_eq!(life.by_tool_change, letter == 'F', "{letter}");
        let stretches: Vec<(i64, Option<(i64, Cause)>)> = life
            .episodes
            .iter()
            .map(|one| {
                let fixed = one.fixed.map(|(at, cause)| (day_of(at), cause));
                (day_of(one.opened), fixed)
            })
            .collect();
        let scan = |day| Some((day, Cause::Scan));
        let expected = match letter {
            'B' => vec![(0, scan(1)), (4, scan(10))],
            'D' => vec![(0, scan(12))],
            'F' => vec![(5, None)],
            'G' => vec![(0, Some((4, Cause::Removed)))],
            'H' => vec![(0, scan(6))],
            _ => vec![(0, None)],
        };
        assert_eq!(stretches, expected, "{letter}");
    }
}

#[test]
fn lifecycle_l12_l13_the_worked_example_with_two_misses() {
    two_misses("Nuclei", "");
    two_misses("Semgrep", ", stable_after: 2");
}

fn two_misses(tool: &'static str, keys: &str) {
    let policy = policy(keys);
    let (z, others) = (
        found("rz", "src/z.py", 3),
        [found("rx", "src/x.py", 1), found("ry", "src/y.py", 2)],
    );
    let mut ledger = Ledger::default();
    let steps: [(i64, bool, &[&str], &str); 6] = [
        (0, true, &["new X", "new Y", "new Z"], "Z o"),
        (1, false, &["missing Z 1/2"], "Z o"),
        (2, true, &["seen Z"], "Z o"),
        (3, false, &["missing Z 1/2"], "Z o"),
        (4, false, &["fixed Z at 3"], "Z f"),
        (6, true, &["reopened Z"], "Z o2"),
    ];
    for (day, seen, events, standing) in steps {
        let mut all = others.to_vec();
        all.extend(seen.then_some(z));
        let number = u32::try_from(day).unwrap();
        let report = Report {
            tool,
            ..Report::of(&all)
        };
        ledger.scan(state_at(day, number), &report, &policy);
        assert_eq!(ledger.events(), events, "day {day}");
        let all = format!("X o · Y o · {standing}");
        assert_eq!(ledger.standing(day), all, "day {day}");
    }
}
