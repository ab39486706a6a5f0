//! The end of a run: it gets its tool, its status and its findings.

use std::collections::BTreeSet;

use crate::model::{Class, ResultCounts, RunReason, TextId, ToolRun, UntrustedText, Verification};

use super::super::age;
use super::super::location::Bases;
use super::super::window::Refusal;
use super::Reader;
use super::component::ToolPart;
use super::findings::Settler;
use super::identity::Identity;
use super::lookup::Lookup;
use super::result::Part;
use super::run::{ResultsGiven, RunPart};
use super::status::{Signs, ended};
use super::tables::Pool;

/// Ends a run: its own results and those of `inline` become findings of it.
///
/// # Errors
/// `too-many-findings`.
pub(super) fn settle<'r>(
    mut run: RunPart<'r>,
    inline: Vec<Part>,
    reader: &mut Reader<'_, '_, 'r>,
) -> Result<(), Refusal> {
    let pool = &reader.tables.pool;
    let context = reader.builder.context;
    let identity = Identity::of(&run, pool, reader.expected, context);
    identity.note(&mut run.notes);
    let bases = bases(&run, &identity, reader);
    let outdated = outdated(&mut run, reader);
    let computed = run.given == ResultsGiven::Array || !inline.is_empty();
    let mut parts = vec![std::mem::take(&mut run.part)];
    parts.extend(inline);
    let total: usize = parts.iter().map(|part| part.results.len()).sum();

    let lookup = Lookup::new(&run.tool);
    let status = Signs {
        given: run.given,
        results: computed.then_some(total),
        invocations: &run.invocations,
        not_read: run.not_read,
        malformed: parts.iter().any(|part| part.malformed),
        audit: run.audit,
        outdated,
        named: identity.named,
        fails_on_findings: identity.tool.fails_on_findings(),
        never_proves: identity.tool.never_proves(),
        proves_by_audit: identity.tool.alias == "kingfisher",
    }
    .judge(&lookup, reader.expected, &mut run.notes);

    let could_find = identity.tool.could_find(identity.run_class);
    let mut settler = Settler::new(
        reader.builder,
        &reader.tables,
        &mut run.notes,
        &lookup,
        &identity,
        &bases,
    );
    settler.artifacts = &run.artifacts;
    settler.taxonomies = &run.taxonomies;
    settler.image = run.image;
    settler.columns = run.columns;
    let outcome = settler.all(parts, &run.invocations)?;
    run.notes.flush(&mut reader.builder.diagnostics);

    let counts = ResultCounts {
        results: computed.then(|| u64::try_from(total).unwrap_or(u64::MAX)),
        ..outcome.counts
    };
    let checked = outcome.checked || reader.expected.verification_attempted;
    let rules = rules_that_ran(&run.tool, reader);
    reader.builder.push_run(ToolRun {
        report: reader.id,
        alias: UntrustedText::new(identity.tool.alias),
        name: identity.name,
        named: identity.named,
        version: identity.version,
        category: identity.category,
        class: identity.run_class.class,
        could_find,
        status: status.outcome,
        reasons: status.reasons,
        accepted: status.accepted,
        evidence: status.evidence,
        believed: status.believed,
        verification: if checked {
            Verification::Proven
        } else {
            Verification::NotProven
        },
        counts,
        rules,
        max_needs_review: outcome.worst_review,
    });
    Ok(())
}

/// The rules that a run lists, without those that are switched off.
///
/// Many tools list the rules of their results alone: then a rule that is not in the list may
/// well have run, and nothing is told. The list of a tool that found something with each of
/// its rules looks the same, and tells nothing either.
fn rules_that_ran(tool: &ToolPart, reader: &mut Reader<'_, '_, '_>) -> Option<Box<[TextId]>> {
    let pool = &reader.tables.pool;
    let builder = &mut *reader.builder;
    let intake = &builder.intake;
    let run = builder.next_run();
    let of_run = intake.findings.iter().rev();
    let of_run = of_run.take_while(|finding| finding.run == run);
    let found: BTreeSet<&str> = of_run
        .filter_map(|finding| builder.rule_at(finding.rule))
        .map(|rule| intake.texts.get(rule.id).raw())
        .collect();
    let parts = std::iter::once(&tool.driver).chain(&tool.extensions);
    let rules = parts.flat_map(|part| &part.rules);
    let ran = rules.filter(|rule| !rule.disabled);
    let ids: BTreeSet<&str> = ran
        .filter_map(|rule| rule.id)
        .map(|id| pool.get(id))
        .collect();
    if ids.is_subset(&found) {
        return None;
    }
    Some(
        ids.iter()
            .map(|id| builder.intake.texts.intern(id))
            .collect(),
    )
}

/// The folders of a run, and those of the repository (rules 101 to 105).
fn bases(run: &RunPart<'_>, identity: &Identity, reader: &Reader<'_, '_, '_>) -> Bases {
    let pool: &Pool = &reader.tables.pool;
    let mut bases = Bases::default();
    bases.named = run.bases.iter().cloned().collect();
    bases.container = identity.run_class.class == Some(Class::Container);
    for root in &reader.builder.context.roots {
        bases.add_root(root);
    }
    let first = run.invocations.all.first();
    if let Some(folder) = first.and_then(|one| one.working_directory)
        && let Some(uri) = folder.uri
    {
        bases.add_root_at(pool.get(uri), folder.base.map(|base| pool.get(base)));
    }
    bases
}

/// Why the run is failed for its age or its commit (S63, S64).
fn outdated(run: &mut RunPart<'_>, reader: &Reader<'_, '_, '_>) -> Vec<RunReason> {
    let context = reader.builder.context;
    let named: Vec<&str> = run
        .revisions
        .iter()
        .map(|revision| reader.tables.pool.get(*revision))
        .collect();
    let judged = context.head.as_ref().map_or(&[][..], |head| &head.commits);
    // A run over several repositories names the commit of each; one of them is judged.
    let one = judged
        .iter()
        .find(|commit| named.iter().any(|named| is_same_commit(commit, named)));
    let commits = one.map_or(named, |one| vec![one.as_str()]);
    let (reasons, diagnostics) = age::reasons(
        ended(&run.invocations, run.audit),
        &commits,
        reader.expected,
        context,
        reader.shown,
    );
    for diagnostic in diagnostics {
        run.notes.add(diagnostic);
    }
    reasons
}

/// True for the same commit, or for its first seven digits or more.
fn is_same_commit(commit: &str, named: &str) -> bool {
    named.len() >= 7
        && commit
            .get(..named.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(named))
}
