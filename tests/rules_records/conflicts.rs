//! Records of one id that contradict each other, and the amendment that says which one counts
//! (rule R41).

use std::fs;

use krgate::diagnostic::{Code, Level};
use krgate::record::canonical::{Object, Value};
use krgate::record::history::history;
use krgate::record::store::{Damage, Scan};
use krgate::record::{Chosen, Digest, Draft, Idem, Record, RecordId, Repository, Target, Union};
use serde_json::Value as Json;

use super::cli::{Ended, Shop};
use super::support::{check_in, now, sealed, shop, time};

fn union(records: &[&Record]) -> Union {
    Union::of([Scan {
        exists: true,
        records: records.iter().copied().cloned().collect(),
        damage: Vec::<Damage>::new(),
    }])
}

fn conflicting() -> (Record, Record) {
    (
        sealed("octo", 41, "2026-11-02T09:00:00Z"),
        sealed("octo", 52, "2026-11-03T09:00:00Z"),
    )
}

fn choice_by(of: Repository, id: RecordId, n: u64, counts: Digest, instead: &[RecordId]) -> Record {
    let target = Target::Record(id);
    let mut fields = Object::new()
        .with("target", target.to_string())
        .with("counts", counts.to_string())
        .with("reason", "the other one was typed wrongly");
    if !instead.is_empty() {
        let ids = instead.iter().map(|id| Value::from(id.to_string()));
        fields.set("instead", ids.collect::<Vec<_>>());
    }
    let draft = Draft {
        repository: of,
        idem: Idem::Amend { target, n },
        at: time("2026-11-04T09:00:00Z"),
        parents: None,
        fields,
    };
    draft.seal().unwrap()
}

fn choice(of: &Record, n: u64, counts: Digest, instead: &[RecordId]) -> Record {
    choice_by(shop(), of.id(), n, counts, instead)
}

/// The digests that count, and the codes of the doubts.
fn told(union: &Union) -> (Vec<Digest>, Vec<&'static str>) {
    let check_ins = union.standing().filter(|r| r.body().get("claim").is_some());
    let digests = check_ins.map(Record::digest).collect();
    let doubts = history(union, None, now()).doubts;
    (digests, doubts.iter().map(|doubt| doubt.code).collect())
}

#[test]
fn record_r41_an_amendment_says_which_side_counts() {
    let (a, b) = conflicting();
    let both = vec![a.digest(), b.digest()];
    let open = union(&[&a, &b]);
    assert_eq!(told(&open), (both, vec!["record-conflict"]));
    let said = format!("{:?}", open.diagnostics());
    assert!(said.contains("krgate records choose "), "{said}");
    for side in [&a, &b] {
        let amendment = choice(&a, 1, side.digest(), &[]);
        // In every order, and stored twice.
        for order in [
            [&a, &b, &amendment, &amendment],
            [&amendment, &b, &amendment, &a],
        ] {
            let settled = union(&order);
            assert_eq!(told(&settled), (vec![side.digest()], vec![]));
            assert!(settled.is_sound());
            // The other one stays, and the conflict is named.
            assert_eq!(settled.records.len(), 3);
            let [conflict] = &settled.conflicts[..] else {
                panic!("{settled:?}");
            };
            assert_eq!(conflict.chosen, Chosen::Side(side.digest()));
            assert_eq!(conflict.amendments, [amendment.id()]);
            let [note] = &settled.diagnostics()[..] else {
                panic!("{:?}", settled.diagnostics());
            };
            assert_eq!(
                (note.code, note.level),
                (Code::RecordConflictSettled, Level::Note)
            );
            let figures = history(&settled, None, now()).check_ins;
            let values: Vec<String> = figures
                .iter()
                .filter_map(|figure| Some(figure.value?.to_string()))
                .collect();
            let expected = if side.id() == a.id() && side.digest() == a.digest() {
                "0.41"
            } else {
                "0.52"
            };
            assert_eq!(values, [expected]);
        }
    }
}

#[test]
fn record_r41_a_choice_of_what_is_not_there_leaves_it_unknown() {
    let (a, b) = conflicting();
    let other = Digest::of(b"another");
    let gone = choice(&a, 1, other, &[]);
    // Also a record that stands alone, where the one that counts was taken away.
    let chosen = choice(&a, 1, a.digest(), &[]);
    for (records, absent) in [
        (vec![&a, &b, &gone], other),
        (vec![&a, &gone], other),
        (vec![&b, &chosen], a.digest()),
    ] {
        let union = union(&records);
        let (_, doubts) = told(&union);
        assert_eq!(doubts, ["record-conflict"], "{records:?}");
        assert_eq!(union.conflicts[0].chosen, Chosen::Absent(absent));
        let [fault] = &union.diagnostics()[..] else {
            panic!("{:?}", union.diagnostics());
        };
        assert_eq!(
            (fault.code, fault.level),
            (Code::RecordConflict, Level::Error)
        );
        let words = format!("{:?}", fault.message);
        assert!(words.contains("counts, which is not there"), "{words}");
    }
    // Alone and chosen there is nothing to say.
    assert_eq!(union(&[&a, &chosen]).diagnostics(), []);
}

#[test]
fn record_r41_amendments_that_contradict_each_other_leave_it_unknown() {
    let (a, b) = conflicting();
    let first = choice(&a, 1, a.digest(), &[]);
    let second = choice(&a, 2, b.digest(), &[]);
    let torn = union(&[&a, &b, &first, &second]);
    assert_eq!(told(&torn).1, ["record-conflict"]);
    assert_eq!(torn.conflicts[0].chosen, Chosen::Contradiction);
    let words = format!("{:?}", torn.diagnostics());
    assert!(words.contains("contradict each other"), "{words}");
    // Two that say the same do not.
    let same = choice(&a, 2, a.digest(), &[]);
    assert_eq!(
        told(&union(&[&a, &b, &first, &same])),
        (vec![a.digest()], vec![])
    );
    // A later one may take earlier ones back by name.
    let third = choice(&a, 3, b.digest(), &[first.id(), second.id()]);
    let back = union(&[&a, &b, &first, &second, &third]);
    assert_eq!(told(&back), (vec![b.digest()], vec![]));
    assert_eq!(back.conflicts[0].amendments, [third.id()]);
    // Two that take each other back say nothing.
    let one = choice(&a, 4, a.digest(), &[choice(&a, 5, b.digest(), &[]).id()]);
    let other = choice(&a, 5, b.digest(), &[one.id()]);
    let circle = union(&[&a, &b, &one, &other]);
    assert_eq!(circle.conflicts[0].chosen, Chosen::Contradiction);
    assert_eq!(told(&circle).1, ["record-conflict"]);
}

#[test]
fn record_r41_of_two_amendments_of_one_id_an_amendment_says_which_counts() {
    let (a, b) = conflicting();
    // Two writers at once, in different places: one id, two things that it says.
    let one = choice(&a, 1, a.digest(), &[]);
    let other = choice(&a, 1, b.digest(), &[]);
    assert_eq!(one.id(), other.id());
    let torn = union(&[&a, &b, &one, &other]);
    let chosen: Vec<Chosen> = torn.conflicts.iter().map(|c| c.chosen).collect();
    assert!(chosen.contains(&Chosen::Contradiction) && chosen.contains(&Chosen::Nothing));
    let above = choice(&one, 1, other.digest(), &[]);
    let settled = union(&[&a, &b, &one, &other, &above]);
    assert_eq!(told(&settled), (vec![b.digest()], vec![]));
    assert!(settled.is_sound());
}

#[test]
fn record_r41_an_amendment_of_another_repository_or_of_figures_chooses_nothing() {
    let (a, b) = conflicting();
    let foreign = Repository {
        id: "4712".into(),
        ..shop()
    };
    let foreign = choice_by(foreign, a.id(), 1, a.digest(), &[]);
    let mut late = check_in("octo", 60, "2026-11-04T09:00:00Z");
    late.idem = Idem::Amend {
        target: Target::Record(a.id()),
        n: 1,
    };
    late.fields.set("target", a.id().to_string());
    late.fields.set("reason", "late");
    let late = late.seal().unwrap();
    for amendment in [&foreign, &late] {
        let union = union(&[&a, &b, amendment]);
        assert_eq!(union.conflicts[0].chosen, Chosen::Nothing);
        assert_eq!(told(&union).1, ["record-conflict"]);
    }
}

/// A check-in of one day twice, as two ledgers that were put together hold it: the second one
/// of the next month.
fn twice() -> Shop {
    let shop = Shop::new();
    let say = |now: &str, figure: &str| {
        let mut command = shop.krgate(&["checkin", "trained", figure, "--as-of", "2026-10-31"]);
        assert_eq!(Shop::end(command.env("KRGATE_NOW", now)).code, 0);
    };
    say("2026-10-31T12:00:00Z", "52%");
    let first = shop.files().remove(0);
    let bytes = fs::read(&first).unwrap();
    fs::remove_file(&first).unwrap();
    say("2026-11-01T12:00:00Z", "62%");
    fs::write(&first, bytes).unwrap();
    assert_eq!(shop.files().len(), 2);
    shop
}

/// Shortly after both, so that the figure is not overdue.
fn run(shop: &Shop, arguments: &[&str]) -> Ended {
    Shop::end(
        shop.krgate(arguments)
            .env("KRGATE_NOW", "2026-11-05T12:00:00Z"),
    )
}

fn choose(shop: &Shop, id: &str, digest: &str, more: &[&str]) -> Ended {
    let asked = [
        "records", "choose", id, "--digest", digest, "--reason", "a typo",
    ];
    run(shop, &[&asked, more].concat())
}

fn trained(shop: &Shop) -> Json {
    let ledger = ["--ledger", "dir:.krgate/ledger"];
    let check = ["check", "--event", "state", "--format", "json"];
    let ended = run(shop, &[&check[..], &ledger].concat());
    let document: Json = serde_json::from_str(&ended.stdout).unwrap();
    let rows = document["objectives"][0]["key_results"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == "trained");
    row.unwrap_or_else(|| panic!("{document}")).clone()
}

fn why(row: &Json) -> &str {
    assert_eq!(row["verdict"], "unknown");
    row["reasons"][0]["code"].as_str().unwrap()
}

#[test]
fn record_r41_a_person_says_which_record_counts() {
    let shop = twice();
    let records = shop.records();
    let part = |at: usize, key: &str| records[at][key].as_str().unwrap().to_owned();
    let (id, of_52, of_62) = (part(0, "id"), part(0, "digest"), part(1, "digest"));
    assert_eq!(id, part(1, "id"));
    let verified = run(&shop, &["records", "verify"]);
    assert_eq!(verified.code, 4);
    let hint = format!("krgate records choose {}", &id[..8]);
    assert!(verified.stderr.contains(&hint), "{}", verified.stderr);
    assert_eq!(why(&trained(&shop)), "record-conflict");

    // What is wrong to ask writes nothing.
    let zeros = format!("sha256:{}", "0".repeat(64));
    for (id, digest, words) in [
        (&id[..], &zeros[..], "no record of this id has this digest"),
        ("0000", &of_52, "no record has an id that begins with"),
        (&id[..3], &of_52, "no record has an id that begins with"),
    ] {
        let ended = choose(&shop, id, digest, &[]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    assert_eq!(shop.files().len(), 2);

    let ended = choose(&shop, &id[..8], &of_62, &[]);
    assert_eq!(
        (ended.code, ended.stdout),
        (0, format!("chosen: {of_62} of {id}\n")),
        "{}",
        ended.stderr
    );
    let verified = run(&shop, &["records", "verify"]);
    assert_eq!(
        (verified.code, &*verified.stdout),
        (0, "whole: 3 records and 0 checkpoints (exit 0)\n"),
        "{}",
        verified.stderr
    );
    let note = "note[record-conflict-settled]";
    assert!(verified.stderr.contains(note), "{}", verified.stderr);
    assert!(verified.stderr.contains(&of_52), "{}", verified.stderr);
    let told = trained(&shop);
    assert_eq!(
        (&told["value"], &told["verdict"]),
        (&"0.62".into(), &"missed".into())
    );
    // All that was ever stored is there to look at.
    assert_eq!(run(&shop, &["records", "list"]).stdout.lines().count(), 3);
    let shown = run(&shop, &["records", "show", &id[..8]]);
    assert!(shown.stdout.contains(&of_52) && shown.stdout.contains(&of_62));

    // Once more is nothing; another side only where that is meant.
    let again = choose(&shop, &id[..8], &of_62, &[]);
    assert!(again.code == 0 && again.stdout.starts_with("chosen already: "));
    let other = choose(&shop, &id[..8], &of_52, &[]);
    assert_eq!(other.code, 2);
    assert!(other.stderr.contains("--instead"), "{}", other.stderr);
    assert_eq!(shop.files().len(), 3);
    let other = choose(&shop, &id[..8], &of_52, &["--instead"]);
    assert_eq!(other.code, 0, "{}", other.stderr);
    assert_eq!(trained(&shop)["value"], "0.52");
    assert_eq!(run(&shop, &["records", "verify"]).code, 0);

    // A record that nothing contradicts is not chosen.
    let lone = run(&shop, &["event", "drill"]);
    let lone = lone.stdout.trim().rsplit(' ').next().unwrap();
    let ended = choose(&shop, lone, &of_52, &[]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("nothing contradicts it"),
        "{}",
        ended.stderr
    );
}

/// The figures over years go by the chosen side too, also once both months are sealed.
#[test]
fn record_r41_r51_a_settled_ledger_is_sealed_and_its_trend_goes_by_the_chosen_side() {
    let shop = twice();
    let records = shop.records();
    let (id, digest) = (records[0]["id"].as_str(), records[0]["digest"].as_str());
    let sealed = run(&shop, &["records", "compact"]);
    assert_eq!(sealed.code, 4, "what is open is not sealed");
    assert_eq!(choose(&shop, id.unwrap(), digest.unwrap(), &[]).code, 0);
    let sealed = run(&shop, &["records", "compact"]);
    assert!(
        sealed.stdout.starts_with("sealed: 3 records\n"),
        "{}",
        sealed.stderr
    );
    for _ in 0..2 {
        let mut command = shop.krgate(&["records", "trend", "trained"]);
        let told = Shop::end(command.env("KRGATE_NOW", "2026-12-16T12:00:00Z"));
        assert_eq!(told.code, 0, "{}", told.stderr);
        assert!(
            told.stdout.starts_with("2026-10-26  52%\n"),
            "{}",
            told.stdout
        );
    }
    // Taking away the one that counts leaves no figure of the other.
    fs::remove_file(&shop.files()[0]).unwrap();
    let verified = run(&shop, &["records", "verify"]);
    assert_eq!(verified.code, 4);
    assert!(
        verified.stderr.contains("which is not there"),
        "{}",
        verified.stderr
    );
    assert_eq!(why(&trained(&shop)), "record-conflict");
}
