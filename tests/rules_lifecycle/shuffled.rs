//! Properties: the order of results changes nothing, and the same run is all old.

use std::collections::BTreeMap;

use krgate::model::{FindingId, Intake};
use krgate::scope::matching::{Compared, Match};
use proptest::prelude::*;

use super::support::{Hit, as_it_is, baseline, hit, letters, read, sarif};

const RULES: [&str; 3] = ["r", "q", "s"];
const PATHS: [&str; 3] = ["a.py", "b.py", ""];
const PRINTS: [&str; 4] = ["", "p1", "p2", "p3"];

fn hits() -> impl Strategy<Value = Vec<Hit>> {
    let one = (0..3_usize, 0..3_usize, 0..4_u32, 0..4_usize, any::<bool>());
    prop::collection::vec(one, 0..24).prop_map(|list| {
        list.into_iter()
            .map(|(rule, path, line, print, suppressed)| {
                let line = if PATHS[path].is_empty() { 0 } else { line };
                let mut hit = hit(RULES[rule], PATHS[path], line);
                if !PRINTS[print].is_empty() {
                    hit = hit.print("hash/v1", PRINTS[print]);
                }
                hit.suppressed = suppressed;
                hit
            })
            .collect()
    })
}

/// What became of each finding, by its id.
fn by_id(compared: &Compared, head: &Intake) -> BTreeMap<FindingId, Match> {
    let matches = compared.matches.iter().copied();
    head.ids.iter().copied().zip(matches).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lifecycle_l05_the_order_of_results_changes_neither_ids_nor_matches(
        (before, shuffled_before) in hits().prop_flat_map(|h| (Just(h.clone()), Just(h).prop_shuffle())),
        (after, shuffled_after) in hits().prop_flat_map(|h| (Just(h.clone()), Just(h).prop_shuffle())),
    ) {
        let compared = |before: &[Hit], after: &[Hit]| {
            let baseline = baseline(read(&sarif("1", &[], before), None), None, None);
            let head = read(&sarif("1", &[], after), None);
            let compared = as_it_is(&baseline, &head, None);
            (by_id(&compared, &head), compared.gone, compared.unseen, compared.ambiguous)
        };
        prop_assert_eq!(compared(&before, &after), compared(&shuffled_before, &shuffled_after));
    }

    #[test]
    fn lifecycle_l06_the_same_run_again_is_all_old(hits in hits()) {
        let report = sarif("1", &[], &hits);
        let baseline = baseline(read(&report, None), None, None);
        let compared = as_it_is(&baseline, &read(&report, None), None);
        prop_assert!(!letters(&compared).contains('.'), "{}", letters(&compared));
        prop_assert!(compared.gone.is_empty());
    }

    #[test]
    fn lifecycle_l06_no_finding_of_the_base_excuses_two(before in hits(), after in hits()) {
        let old = read(&sarif("1", &[], &before), None);
        let baseline = baseline(old, None, None);
        let compared = as_it_is(&baseline, &read(&sarif("1", &[], &after), None), None);
        let mut known: Vec<FindingId> = compared
            .matches
            .iter()
            .filter_map(|matched| match matched {
                Match::Known(id, _) => Some(*id),
                Match::New | Match::OtherTool => None,
            })
            .collect();
        let all = known.len();
        known.sort_unstable();
        known.dedup();
        prop_assert_eq!(known.len(), all);
    }
}
