//! Blocks that came to nothing (rule M26), on histories made by hand.

use super::*;
use crate::model::history::{Block, FalsePositive};

const OVERTURNED: &str = "{ friction: { of: overturned, window: 90d } }";

fn id(number: usize) -> FindingId {
    life(number, day(0)).id
}

/// A change that was blocked by the finding of its own number.
fn block(number: usize, at: Timestamp) -> Block {
    Block {
        repository: "acme/one".to_owned(),
        head: ObjectId::new(&format!("{number:040x}")),
        at,
        record: RecordId([0; 32]),
        findings: vec![id(number)],
        by_other: false,
        is_partial: false,
    }
}

fn waived(number: usize, from: Timestamp, until: Option<Timestamp>) -> FalsePositive {
    FalsePositive {
        repository: "acme/one".to_owned(),
        id: id(number),
        from,
        until,
    }
}

/// So many changes that were blocked at day 150; changes and states are recorded.
fn blocked(changes: usize) -> History {
    let mut past = history(day(190), Vec::new());
    let mut state = run(day(180), None, None);
    state.event = Event::State;
    past.runs = vec![run(day(150), None, None), state];
    past.blocks = (0..changes).map(|n| block(n, day(150))).collect();
    past
}

fn overturned(past: &History) -> String {
    seen(past, day(190), OVERTURNED, "<= 5%")
}

#[test]
fn metric_m26_two_of_twenty_five_blocks_were_overturned() {
    let mut past = blocked(25);
    past.false_positives = vec![
        waived(3, day(151), None),
        waived(8, day(164), Some(day(170))),
    ];
    let (share, met) = measured(&past, day(190), OVERTURNED, "<= 5%");
    assert_eq!((shown(&share).as_str(), met), ("8%", Some(false)));
    assert_eq!(share.n, Some(25));
    assert!(notes(&share).contains("2 of 25 blocked changes were overturned; 0 younger"));
    let (_, met) = measured(&past, day(190), OVERTURNED, "<= 8%");
    assert_eq!(met, Some(true));
}

#[test]
fn metric_m26_a_waiver_counts_within_fourteen_days_of_the_block() {
    let of = |from, until| {
        let mut past = blocked(5);
        past.false_positives = vec![waived(0, from, until)];
        overturned(&past)
    };
    let second = SignedDuration::from_secs(1);
    assert_eq!(of(day(164), None), "20%");
    assert_eq!(of(day(164) + second, None), "0%");
    // From before: the base of the change did not have it yet.
    assert_eq!(of(day(140), None), "20%");
    assert_eq!(of(day(140), Some(day(149))), "0%", "it was over");
    // In another repository the same finding is another one.
    let mut past = blocked(5);
    let mut other = waived(0, day(151), None);
    other.repository = "acme/two".to_owned();
    past.false_positives = vec![other];
    assert_eq!(overturned(&past), "0%");
}

#[test]
fn metric_m26_all_that_blocked_must_have_been_waived() {
    let with = |change: &dyn Fn(&mut Block)| {
        let mut past = blocked(5);
        change(&mut past.blocks[0]);
        past.false_positives = vec![waived(0, day(151), None)];
        overturned(&past)
    };
    assert_eq!(with(&|_| {}), "20%");
    assert_eq!(with(&|block| block.findings.push(id(90))), "0%");
    // A scan that did not run was no false positive.
    assert_eq!(with(&|block| block.by_other = true), "0%");
    // Nothing is not everything.
    assert_eq!(with(&|block| block.findings.clear()), "0%");
}

#[test]
fn metric_m26_the_runs_of_one_head_are_one_block() {
    let mut past = blocked(5);
    past.false_positives = vec![waived(0, day(151), None)];
    // Again by the same, three weeks later: it was overturned within the fourteen days.
    past.blocks.push(block(0, day(171)));
    assert_eq!(overturned(&past), "20%");
    // By another finding as well: that one was not waived.
    past.blocks.push(Block {
        findings: vec![id(91)],
        ..block(0, day(172))
    });
    assert_eq!(overturned(&past), "0%");
    // The same commit in another repository, and a new head, are other changes.
    past.blocks.push(Block {
        repository: "acme/two".to_owned(),
        ..block(0, day(173))
    });
    past.blocks.push(Block {
        findings: vec![id(0)],
        ..block(77, day(150))
    });
    let (share, _) = measured(&past, day(190), OVERTURNED, "<= 5%");
    assert_eq!(share.n, Some(7));
    assert_eq!(share.value, Quantity::ratio(1, 7));
    // One that was blocked before the window is not of it, however often it came back.
    past.blocks.insert(0, block(77, day(90)));
    let (share, _) = measured(&past, day(190), OVERTURNED, "<= 5%");
    assert_eq!((share.n, share.value), (Some(6), Some(Quantity::ZERO)));
}

#[test]
fn metric_m26_what_records_do_not_say_leaves_a_bound_or_nothing() {
    let mut past = blocked(10);
    past.false_positives = vec![waived(0, day(151), None)];
    past.blocks[1].is_partial = true;
    past.blocks[1].findings.clear();
    // One that is known to stand stands, whatever else blocked it.
    past.blocks[2].is_partial = true;
    let of = |target| {
        let (share, met) = measured(&past, day(190), OVERTURNED, target);
        assert_eq!(shown(&share), "at least 10%");
        assert_eq!(share.reasons[0].code, "undecided");
        met
    };
    assert_eq!(of("<= 5%"), Some(false));
    assert_eq!(of("<= 15%"), None);
    assert_eq!(of("<= 20%"), Some(true), "it can be no more than that");

    assert_eq!(overturned(&blocked(4)), "unknown: insufficient-data");
    assert_eq!(overturned(&blocked(0)), "unknown: insufficient-data");
    let mut unrecorded = blocked(5);
    unrecorded.runs.remove(0);
    assert_eq!(overturned(&unrecorded), "unknown: changes-not-recorded");
    let mut no_states = blocked(5);
    no_states.runs.pop();
    assert_eq!(overturned(&no_states), "unknown: no-evidence");
    let mut unread = blocked(5);
    unread.read = false;
    assert_eq!(overturned(&unread), "unknown: no-ledger");
    // What is young may still be overturned, and that is said.
    let mut young = blocked(5);
    young.blocks[0].at = day(180);
    let (share, _) = measured(&young, day(190), OVERTURNED, "<= 5%");
    assert!(notes(&share).contains("0 of 5 blocked changes were overturned; 1 younger"));
}
