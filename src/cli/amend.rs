//! `krgate records quarantine` and `choose`: what a person says of the ledger itself, as an
//! amendment. Nothing that is stored changes (rules R1, R34, R41).

use super::ledger::{Recorded, repository, unsealed};
use super::records::{Desk, found};
use super::{output, refuse};
use crate::ci;
use crate::ci::git::Git;
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::visible;
use crate::record::canonical::{Object, Value};
use crate::record::{Chosen, Digest, Draft, Idem, Kind, RecordId, Repository, Target, Union};

impl Desk<'_> {
    /// Sets a damaged file aside (rule R34).
    pub(super) fn quarantine(&self, digest: &Digest, reason: &str) -> ExitCode {
        let union = match self.all() {
            Ok(union) => union,
            Err(code) => return code,
        };
        let damaged = union
            .damage
            .iter()
            .find(|damage| damage.digest == Some(*digest));
        let Some(damaged) = damaged else {
            let is_set_aside = union.quarantined.iter().any(|d| d.digest == Some(*digest));
            let words = if is_set_aside {
                "this file is set aside already"
            } else {
                "nothing in the ledger is damaged and has this digest"
            };
            let fault = Diagnostic::new(Code::Usage, words)
                .hint("`krgate records verify` names what is damaged, with its digest");
            return refuse(&[fault], &[], self.voice);
        };
        let (here, environment) = (&self.surroundings.directory, &self.surroundings.environment);
        let context = match ci::context(environment) {
            Ok(context) => context,
            Err(diagnostic) => return refuse(&[*diagnostic], &[], self.voice),
        };
        let git = Git::open(here, environment).ok();
        let origin = ci::origin(environment, &context, git.as_ref(), here);
        let repository = repository(&origin, Some(&union));
        let target = Target::File(*digest);
        let fields = Object::new()
            .with("path", damaged.path.raw())
            .with("reason", reason);
        let path = visible(damaged.path.raw());
        self.amend(
            &union,
            target,
            repository,
            fields,
            &format!("set aside: {path} ({digest})\n"),
        )
    }

    /// Says which side of a conflict counts (rule R41). What another amendment says of it is
    /// taken back only where that is asked for (`instead`).
    pub(super) fn choose(
        &self,
        asked: &str,
        digest: &Digest,
        reason: &str,
        instead: bool,
    ) -> ExitCode {
        let union = match self.all() {
            Ok(union) => union,
            Err(code) => return code,
        };
        let sides = match found(&union, asked) {
            Ok(sides) => sides,
            Err(fault) => return refuse(&[*fault], &[], self.voice),
        };
        let Some(one) = sides.first() else {
            return ExitCode::Environment;
        };
        let id = one.id();
        let no = |words: &'static str, hint: String| {
            refuse(
                &[Diagnostic::new(Code::Usage, words).hint(hint)],
                &[],
                self.voice,
            )
        };
        let Some(conflict) = union.conflicts.iter().find(|conflict| conflict.id == id) else {
            return no(
                "the ledger has one record of this id, and nothing contradicts it",
                "`krgate records verify` names the conflicts that there are".to_owned(),
            );
        };
        if !conflict.digests.contains(digest) {
            let there: Vec<String> = conflict.digests.iter().map(Digest::to_string).collect();
            return no(
                "no record of this id has this digest",
                format!("there is {}", there.join(" and ")),
            );
        }
        if conflict.chosen == Chosen::Side(*digest) {
            return output::to_stdout(format!("chosen already: {digest} of {id}\n").as_bytes());
        }
        if conflict.chosen != Chosen::Nothing && !instead {
            let amendments: Vec<String> = conflict.amendments.iter().map(RecordId::short).collect();
            return no(
                "it was said already that another record of this id counts",
                format!(
                    "read why with `krgate records show {}`; add --instead to take that back",
                    amendments.join("`, `")
                ),
            );
        }
        let mut fields = Object::new()
            .with("counts", digest.to_string())
            .with("reason", reason);
        if !conflict.amendments.is_empty() {
            let ids = conflict.amendments.iter();
            let ids = ids.map(|id| Value::from(id.to_string()));
            fields.set("instead", ids.collect::<Vec<_>>());
        }
        self.amend(
            &union,
            Target::Record(id),
            one.repository(),
            fields,
            &format!("chosen: {digest} of {id}\n"),
        )
    }

    /// Writes an amendment, the next one of its target.
    fn amend(
        &self,
        union: &Union,
        target: Target,
        repository: Repository,
        fields: Object,
        said: &str,
    ) -> ExitCode {
        let written = target.to_string();
        let before = union.records.iter().filter(|record| {
            record.kind() == Kind::Amend && record.body().text("target") == Some(&written)
        });
        let draft = Draft {
            idem: Idem::Amend {
                target,
                n: u64::try_from(before.count()).unwrap_or(0).saturating_add(1),
            },
            at: self.now,
            parents: Some(union.heads(&repository.key())),
            repository,
            fields: fields.with("target", written),
        };
        let mut recorded = Recorded::default();
        let here = &self.surroundings.directory;
        match draft.seal() {
            Ok(record) => self.ledger.keep(&record, here, &mut recorded),
            Err(why) => recorded.faults.push(unsealed(&why)),
        }
        if !recorded.faults.is_empty() {
            return refuse(&recorded.faults, &[], self.voice);
        }
        output::to_stdout(said.as_bytes())
    }
}
