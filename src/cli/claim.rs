//! `krgate checkin` and `krgate event`: what somebody says, with who said it (rules Q6, K25,
//! F18). The ledger shows it as a claim, not as proof.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::args::{CheckinArguments, EventArguments, When};
use super::check::CheckRequest;
use super::ledger::{Ledger, Recorded, repository, unsealed};
use super::trust::{self, Refusal};
use super::{Voice, drawn, output, refuse};
use crate::ci::git::Git;
use crate::ci::{self, Surroundings};
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{CiContext, Event, Origin, Untrusted, UntrustedText};
use crate::policy::{self, KeyResult, Measure, Milestone, Objective, Policy, Unit};
use crate::record::canonical::{Object, Value, Whole};
use crate::record::run::put_figure;
use crate::record::store::Wanted;
use crate::record::{Digest, Draft, Idem, Kind, Record, Target, Union, written};

type Refused = Box<Diagnostic>;

/// Runs `krgate checkin`: exit 2 and nothing written for what the policy does not allow.
pub(super) fn checkin(
    arguments: &CheckinArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let request = CheckRequest::of_policy(arguments.policy.as_ref(), arguments.now.as_ref(), now);
    let ground = match trust::ground(&request, surroundings) {
        Ok(ground) => ground,
        Err(Refusal {
            diagnostics,
            sources,
        }) => return refuse(&diagnostics, &sources, voice),
    };
    let Some(policy) = ground.loaded.policy else {
        return refuse(&ground.loaded.diagnostics, &ground.loaded.sources, voice);
    };
    let teller = Teller::new(surroundings, ground.context, request.now);
    let draft = teller
        .may_record(ground.event)
        .and_then(|()| Claim::of_check_in(arguments, &policy, &teller));
    let place = arguments.place.ledger.as_deref();
    teller.keep(
        draft,
        Ledger::open(place, Some(&policy), surroundings, request.now),
        voice,
    )
}

/// Runs `krgate event`.
pub(super) fn event(
    arguments: &EventArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let request = CheckRequest::of_policy(arguments.policy.as_ref(), arguments.now.as_ref(), now);
    let (policy, context) = match (
        super::records::policy_of(&arguments.place, arguments.policy.as_deref(), surroundings),
        ci::context(&surroundings.environment),
    ) {
        (Ok(policy), Ok(context)) => (policy, context),
        (Err(refusal), _) => return refuse(&refusal.diagnostics, &refusal.sources, voice),
        (_, Err(diagnostic)) => return refuse(&[*diagnostic], &[], voice),
    };
    let event = context.kind.unwrap_or(Event::State);
    let teller = Teller::new(surroundings, context, request.now);
    let draft = teller
        .may_record(event)
        .and_then(|()| Claim::of_event(arguments, policy.as_ref(), &teller));
    let place = arguments.place.ledger.as_deref();
    teller.keep(
        draft,
        Ledger::open(place, policy.as_ref(), surroundings, request.now),
        voice,
    )
}

/// Who says something, where and when.
struct Teller<'a> {
    surroundings: &'a Surroundings,
    context: CiContext,
    origin: Origin,
    git: Option<Git>,
    now: Timestamp,
}

/// What is said, before it is a record.
struct Claim {
    idem: Idem,
    fields: Object,
    /// The period that it is of, where it is a check-in: once that is closed it amends the
    /// close (rule K28).
    of_period: Option<String>,
}

impl<'a> Teller<'a> {
    fn new(surroundings: &'a Surroundings, context: CiContext, now: Timestamp) -> Self {
        let (here, environment) = (&surroundings.directory, &surroundings.environment);
        let git = Git::open(here, environment).ok();
        let origin = ci::origin(environment, &context, git.as_ref(), here);
        Self {
            surroundings,
            context,
            origin,
            git,
            now,
        }
    }

    /// Forks and tokens that cannot write never record (rule R18).
    fn may_record(&self, event: Event) -> Result<(), Refused> {
        match self.context.read_only {
            Some(why) if event == Event::Change => Err(refused(why.why(), None)),
            _ => Ok(()),
        }
    }

    /// The name that the CI system or `git config` gives (rule Q6), without what follows in a
    /// mail address (rule R10).
    fn who(&self) -> Result<String, Refused> {
        let name = self.origin.actor.as_ref().map_or("", UntrustedText::raw);
        let name = name.trim();
        let name = match name.split_once('@') {
            Some((name, _)) if !name.is_empty() => name,
            _ => name.trim_start_matches('@'),
        };
        if name.is_empty() {
            return Err(refused(
                "nothing says who you are",
                Some("set a name with: git config user.name NAME"),
            ));
        }
        Ok(name.to_owned())
    }

    /// The day that is meant: today unless another is given, never one to come (rule K25).
    fn day(&self, given: Option<Date>, policy: Option<&Policy>) -> Result<Date, Refused> {
        let zone = zone(policy);
        let today = self.now.to_zoned_datetime(zone).date();
        match given {
            Some(day) if day > today => Err(refused(
                "`--as-of` is a day to come",
                Some("a check-in tells what was, on its day or before"),
            )),
            given => Ok(given.unwrap_or(today)),
        }
    }

    /// The same for what has a time of day, and the moment where one is given.
    fn when(
        &self,
        given: Option<When>,
        policy: Option<&Policy>,
    ) -> Result<(Date, Option<Timestamp>), Refused> {
        let zone = zone(policy);
        let moment = match given {
            None => return Ok((self.day(None, policy)?, None)),
            Some(When::Day(day)) => return Ok((self.day(Some(day), policy)?, None)),
            Some(When::Moment(moment)) => Some(moment),
            Some(When::Local(time)) => zone.to_timestamp(time).ok(),
        };
        match moment {
            Some(moment) if moment <= self.now => {
                Ok((moment.to_zoned_datetime(zone).date(), Some(moment)))
            }
            _ => Err(refused(
                "`--as-of` is a time to come",
                Some("an event tells what was"),
            )),
        }
    }

    /// Seals, stores, and says what became of it.
    fn keep(
        &self,
        claim: Result<Claim, Refused>,
        ledger: Result<Ledger, Refused>,
        voice: Voice,
    ) -> ExitCode {
        let (claim, ledger) = match (claim, ledger) {
            (Ok(claim), Ok(ledger)) => (claim, ledger),
            (Err(diagnostic), _) | (_, Err(diagnostic)) => {
                return refuse(&[*diagnostic], &[], voice);
            }
        };
        let history = ledger.records().scan(&Wanted::all(self.now));
        let history = history.ok().map(|scan| Union::of([scan]));
        let repository = repository(&self.origin, history.as_ref());
        let claim = match &history {
            Some(history) => claim.after_close(history, &repository.key()),
            None => claim,
        };
        let is_event = claim.idem.kind() == Kind::Event;
        let draft = Draft {
            idem: claim.idem,
            at: self.now,
            parents: history.map(|history| history.heads(&repository.key())),
            repository,
            fields: claim.fields,
        };
        let mut recorded = Recorded::default();
        match draft.seal() {
            Ok(record) => ledger.keep(&record, &self.surroundings.directory, &mut recorded),
            Err(why) => recorded.faults.push(unsealed(&why)),
        }
        if !recorded.faults.is_empty() {
            return refuse(&recorded.faults, &[], voice);
        }
        if recorded.again && is_event {
            voice.log.say(&drawn(&[once_more()], &[], voice.styled));
        }
        let line = recorded.said.unwrap_or_default() + "\n";
        output::to_stdout(line.as_bytes())
    }
}

/// What the same event told twice may have been meant as.
fn once_more() -> Diagnostic {
    let message = "this very event was recorded before, and counts once";
    Diagnostic::new(Code::EventAgain, message)
        .hint("if it happened twice on that day, say when: --as-of 2026-12-31T14:30")
}

impl Claim {
    /// Rule Q6.
    fn of_check_in(
        arguments: &CheckinArguments,
        policy: &Policy,
        teller: &Teller<'_>,
    ) -> Result<Self, Refused> {
        let (objective, key_result) = find(policy, &arguments.key_result)?;
        let who = teller.who()?;
        allowed(key_result, &who)?;
        let as_of = teller.day(arguments.as_of, Some(policy))?;
        let kr = [&objective.id, "/", &key_result.id].concat();
        let mut row = Object::new()
            .with("kr", kr.as_str())
            .with("def", policy::definition(policy, key_result).to_string());
        let mut claim = Object::new()
            .with("who", who.as_str())
            .with("as_of", as_of.to_string());
        match (&key_result.measure, &arguments.value, &*arguments.done) {
            (Measure::CheckIn(demand), Some(value), []) => {
                let figure = policy::figure_in(demand.unit, value);
                let figure = figure.map_err(|expected| refused(expected, None))?;
                put_figure(&mut row, Some(figure), demand.unit);
            }
            (Measure::Milestones(steps), None, done @ [_, ..]) => {
                steps_are_there(steps, done)?;
                if arguments.evidence.is_empty() {
                    return Err(refused(
                        "a step without evidence is not done",
                        Some("show it: --evidence URL"),
                    ));
                }
                put_figure(&mut row, None, Unit::Percent);
                let done = done.iter().map(|step| Value::from(step.as_str()));
                claim.set("done", done.collect::<Vec<_>>());
            }
            (Measure::CheckIn(_), ..) => {
                return Err(refused(
                    "this key result wants a figure",
                    Some("give VALUE, and no --done"),
                ));
            }
            (Measure::Milestones(_), ..) => {
                return Err(refused(
                    "this key result wants steps",
                    Some("give --done ID, and no VALUE"),
                ));
            }
            _ => {
                return Err(refused(
                    "this key result is measured and takes no check-in",
                    Some("only `check_in` and `milestones` take one"),
                ));
            }
        }
        common(&mut claim, &arguments.evidence, arguments.note.as_deref());
        claim.set_some("confidence", arguments.confidence.as_deref());
        let mut fields = Object::new()
            .with("krs", vec![Value::from(row)])
            .with("claim", claim);
        fields.set_some(
            "period",
            policy.period.as_ref().map(|period| period.name.as_str()),
        );
        let of_period = policy.period.as_ref().filter(|period| {
            let day = period.time_zone.to_timestamp(as_of.at(0, 0, 0, 0));
            day.is_ok_and(|day| day < period.end)
        });
        Ok(Self {
            idem: Idem::Checkin { kr, as_of, who },
            fields,
            of_period: of_period.map(|period| period.name.clone()),
        })
    }

    /// The same, as an amendment where its period is closed (rule K28).
    fn after_close(mut self, history: &Union, repository: &str) -> Self {
        let Some(period) = self.of_period.take() else {
            return self;
        };
        let ours = history.records.iter();
        let ours = || ours.clone().filter(|r| r.repository_key() == repository);
        let is_close = |record: &&Record| {
            record.kind() == Kind::Close && record.body().text("period") == Some(&period)
        };
        let Some(closed) = ours().find(is_close) else {
            return self;
        };
        let target = Target::Record(closed.id());
        let written = target.to_string();
        let before = ours().filter(|record| {
            record.kind() == Kind::Amend && record.body().text("target") == Some(&written)
        });
        self.idem = Idem::Amend {
            target,
            n: u64::try_from(before.count()).unwrap_or(0).saturating_add(1),
        };
        self.fields.set("target", written);
        self.fields
            .set("reason", "a check-in after the period was closed");
        self
    }

    /// Rule F18: an event that found nothing says where it looked. What says the same of the
    /// same commit is the same event, however often it is told.
    fn of_event(
        arguments: &EventArguments,
        policy: Option<&Policy>,
        teller: &Teller<'_>,
    ) -> Result<Self, Refused> {
        if arguments.found == Some(0) && arguments.scope.is_none() {
            return Err(refused(
                "an event that found nothing says where it looked",
                Some("add --scope TEXT"),
            ));
        }
        let who = teller.who()?;
        let (as_of, moment) = teller.when(arguments.as_of, policy)?;
        let mut claim = Object::new()
            .with("who", who.as_str())
            .with("as_of", as_of.to_string());
        claim.set_some("moment", moment.map(written));
        claim.set_some(
            "found",
            arguments.found.map(|found| Whole::count(found.into())),
        );
        claim.set_some("scope", arguments.scope.as_deref());
        common(&mut claim, &arguments.evidence, arguments.note.as_deref());
        let mut fields = Object::new().with("claim", claim);
        let reference = teller.origin.reference.as_ref();
        fields.set_some("ref", reference.map(UntrustedText::raw));
        let head = teller
            .git
            .as_ref()
            .and_then(|git| git.head().ok().flatten());
        let commit = teller.context.head.clone().or(head);
        fields.set_some("sha", commit.map(|commit| commit.to_string()));
        Ok(Self {
            idem: Idem::Event {
                name: arguments.name.clone(),
                as_of,
                who,
                content: Digest::of(fields.canonical().as_bytes()),
            },
            fields,
            of_period: None,
        })
    }
}

/// The time zone of the policy's period.
fn zone(policy: Option<&Policy>) -> TimeZone {
    let period = policy.and_then(|policy| policy.period.as_ref());
    period.map_or(TimeZone::UTC, |period| period.time_zone.clone())
}

fn common(claim: &mut Object, evidence: &[String], note: Option<&str>) {
    if !evidence.is_empty() {
        let urls = evidence.iter().map(|url| Value::from(url.as_str()));
        claim.set("evidence", urls.collect::<Vec<_>>());
    }
    claim.set_some("note", note);
}

/// The key result of an id, or of `objective/id`.
fn find<'a>(policy: &'a Policy, asked: &str) -> Result<(&'a Objective, &'a KeyResult), Refused> {
    let (objective, id) = match asked.split_once('/') {
        Some((objective, id)) => (Some(objective), id),
        None => (None, asked),
    };
    policy
        .key_results()
        .find(|(of, key_result)| {
            key_result.id == id && objective.is_none_or(|objective| objective == of.id)
        })
        .ok_or_else(|| {
            let message = Message::from("no key result of the policy is called ")
                .foreign(Untrusted::new(asked));
            Box::new(
                Diagnostic::new(Code::Usage, message)
                    .hint("`krgate policy show` lists them with their ids"),
            )
        })
}

/// Where the policy lists who may check in, it is one of these names or the owner.
fn allowed(key_result: &KeyResult, who: &str) -> Result<(), Refused> {
    let Some(names) = &key_result.may_check_in else {
        return Ok(());
    };
    let is_who = |name: &str| {
        let name = name.strip_prefix('@').unwrap_or(name);
        name.eq_ignore_ascii_case(who)
    };
    if names.iter().any(|name| is_who(name)) || is_who(&key_result.owner) {
        return Ok(());
    }
    let message = Message::from("the policy does not let ")
        .foreign(Untrusted::new(who))
        .own(" check in for ")
        .foreign(Untrusted::new(&key_result.id));
    Err(Box::new(
        Diagnostic::new(Code::CheckInRefused, message)
            .hint("`roles.check_in` of the key result lists who may; nothing was written"),
    ))
}

fn steps_are_there(steps: &[Milestone], done: &[String]) -> Result<(), Refused> {
    let is_one = |id: &String| steps.iter().any(|step| step.id == *id);
    match done.iter().find(|id| !is_one(id)) {
        None => Ok(()),
        Some(step) => {
            let message =
                Message::from("the key result has no step ").foreign(Untrusted::new(step));
            let steps = steps.iter().enumerate();
            let hint = steps.fold(Message::from("its steps: "), |hint, (place, step)| {
                let hint = if place == 0 { hint } else { hint.own(", ") };
                hint.foreign(Untrusted::new(&step.id))
            });
            Err(Box::new(
                Diagnostic::new(Code::CheckInRefused, message).hint(hint),
            ))
        }
    }
}

fn refused(why: &'static str, hint: Option<&'static str>) -> Refused {
    let hint = hint.map_or("nothing was written".to_owned(), |hint| {
        format!("{hint}; nothing was written")
    });
    Box::new(Diagnostic::new(Code::CheckInRefused, why).hint(hint))
}
