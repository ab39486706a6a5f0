//! Whether a record would admit a scan of a commit (rule L3), as far as the commit tells.

use super::advance::{Descent, Lineage};
use crate::model::ObjectId;
use crate::model::history::{History, PastScan};

/// True if a commit is the last one of its ref that a scan was admitted of, or a descendant;
/// also where there was none.
pub fn admits(
    history: &History,
    reference: &str,
    commit: Option<&ObjectId>,
    lineage: &dyn Lineage,
) -> bool {
    let of_ref = |scan: &&PastScan| {
        let place = usize::try_from(scan.stream).ok();
        let stream = place.and_then(|place| history.streams.get(place));
        scan.unadmitted.is_none() && stream.is_some_and(|stream| stream.reference == reference)
    };
    let last = history.scans.iter().rfind(of_ref);
    match (last.and_then(|scan| scan.commit.as_ref()), commit) {
        (Some(last), Some(commit)) => lineage.descent(last, commit) == Descent::Newer,
        _ => true,
    }
}
