//! How often a finding that is there all the time is called fixed, where scans now and then
//! fail to see it (rule L13). Simulated over the real code, and held to the closed form.

use krgate::record::lifecycle::What;

use super::scans::{Found, Ledger, Report, found, policy, scoped, state_at};

/// Scans after the one that adopts.
const SCANS: u32 = 30;

/// Findings, each in a file and of a rule of its own, so that none is taken for another.
const FINDINGS: u32 = 1500;

/// Sightings that fail, of a hundred.
const FAIL: u64 = 5;

/// The generator of rule K21, with a seed of its own.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn fails(&mut self) -> bool {
        self.next() % 100 < FAIL
    }
}

/// How often a finding is expected to be closed, as a fraction: a run of misses closes it once,
/// with its k-th. Such a run begins right after adoption, or after a sighting. A sighting fails
/// once in twenty times: `(1 + (scans - k) · 19/20) / 20^k`.
fn expected(k: u32) -> (u64, u64) {
    (20 + 19 * u64::from(SCANS - k), 20_u64.pow(k + 1))
}

/// A fraction in units of so many, rounded half up.
fn rounded((num, den): (u64, u64), units: u64) -> u64 {
    (2 * num * units + den) / (2 * den)
}

/// How many closures all findings have together where it takes one, two and three misses. Each
/// is false: nothing is ever mended.
fn closures() -> [u32; 3] {
    let name = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let all: Vec<Found> = (0..FINDINGS)
        .map(|n| {
            let path = name(format!("src/a{n}.py"));
            found(name(format!("r{n}")), path, 10)
        })
        .collect();
    let policies = [1, 2, 3].map(|k| policy(&format!(", stable_after: {k}")));
    let mut ledgers = [1, 2, 3].map(|_| Ledger::default());
    let mut closed = [0; 3];
    let mut chance = SplitMix64(0x6b72_6761_7465_0013);
    for scan in 0..=SCANS {
        let is_found = |_: &&Found| scan == 0 || !chance.fails();
        let seen: Vec<Found> = all.iter().filter(is_found).copied().collect();
        // All three see the same, and differ in what they make of it.
        let report = scoped(&Report::of(&seen).text(), &policies[0], None);
        for ((ledger, policy), closed) in ledgers.iter_mut().zip(&policies).zip(&mut closed) {
            let at = state_at(scan.into(), scan);
            let advanced = ledger.scan_of(at, &report, policy, None);
            let events = advanced.scans[0].events.iter();
            *closed += u32::try_from(events.filter(|e| e.what == What::Fixed).count()).unwrap();
        }
    }
    for ledger in &ledgers {
        // No finding became another.
        let known = ledger.state.streams.values().next().unwrap();
        assert_eq!(known.findings.len(), usize::try_from(FINDINGS).unwrap());
    }
    closed
}

#[test]
fn lifecycle_l13_false_closures_are_as_rare_as_the_closed_form_says() {
    let said = [1, 2, 3].map(expected);
    assert_eq!(rounded(said[0], 100), 143, "1.43");
    assert_eq!(rounded(said[1], 100), 7, "0.07");
    assert_eq!(rounded(said[2], 1000), 3, "0.003");
    for ((k, (num, den)), closed) in (1..).zip(said).zip(closures()) {
        // Closures of one finding keep apart, so that their number varies no more than their
        // mean; four standard deviations are missed once in 15,000 seeds, and this one is fixed.
        // (closed - mean)² <= 16 · mean, with mean = all / den.
        let all = u64::from(FINDINGS) * num;
        let off = (u64::from(closed) * den).abs_diff(all);
        assert!(
            off * off <= 16 * all * den,
            "k = {k}: {closed} closures, {all}/{den} expected"
        );
    }
}
