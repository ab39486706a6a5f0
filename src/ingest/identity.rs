//! Finding ids (rule L9): what a finding is called from one evaluation to the next.

use sha2::{Digest, Sha256};

use crate::model::{Class, FindingId, FindingView, Intake, visible};

/// Makes the ids of all findings, in their order.
///
/// An id is made from class, tool, rule, path and message (of secrets: the secret, if ids of
/// secrets are those of the project's key), as outputs show them, and from the ordinal among
/// findings that are equal in these, by line and column. Line, commit, author and date are
/// no part of it.
pub(super) fn make_ids(intake: &Intake, project_key: bool) -> Vec<FindingId> {
    let bases: Vec<[u8; 16]> = intake.views().map(|view| base(view, project_key)).collect();
    let mut order: Vec<u32> = (0..bases.len())
        .filter_map(|index| u32::try_from(index).ok())
        .collect();
    let at = |index: &u32| usize::try_from(*index).unwrap_or(usize::MAX);
    order.sort_by(|a, b| {
        let key = |index: &u32| {
            let view = intake.view(at(index))?;
            let commit = view.commit().map(crate::model::Untrusted::raw);
            Some((bases.get(at(index))?, view.finding.region, commit))
        };
        key(a).cmp(&key(b))
    });
    let mut ids = vec![FindingId::new([0; 16]); bases.len()];
    let mut ordinal = 0_u64;
    let mut before: Option<&[u8; 16]> = None;
    for index in &order {
        let Some(base) = bases.get(at(index)) else {
            continue;
        };
        ordinal = if before == Some(base) { ordinal + 1 } else { 0 };
        before = Some(base);
        if let Some(id) = ids.get_mut(at(index)) {
            *id = with_ordinal(base, ordinal);
        }
    }
    ids
}

fn base(view: FindingView<'_>, project_key: bool) -> [u8; 16] {
    let finding = view.finding;
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        // With its length before it, so that two parts cannot be read as others.
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(bytes);
    };
    part(b"krgate/finding/v1");
    part(finding.class.as_str().as_bytes());
    part(view.run().map_or("", |run| run.alias.raw()).as_bytes());
    part(view.rule_id().raw().as_bytes());
    part(view.shown_path().map_or("", |path| path.raw()).as_bytes());
    if finding.class == Class::Secrets {
        match finding.secret.filter(|_| project_key) {
            Some(secret) => part(&secret.bytes()),
            None => part(b""),
        }
    } else {
        let message = view.message().map_or("", |message| message.raw());
        part(&Sha256::digest(visible(message).as_bytes()));
    }
    first_half(&hash.finalize())
}

fn with_ordinal(base: &[u8; 16], ordinal: u64) -> FindingId {
    let mut hash = Sha256::new();
    hash.update(base);
    hash.update(ordinal.to_be_bytes());
    FindingId::new(first_half(&hash.finalize()))
}

fn first_half(hash: &[u8]) -> [u8; 16] {
    hash.first_chunk::<16>().copied().unwrap_or_default()
}
