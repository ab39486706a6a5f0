//! The ledger in PostgreSQL (rules R28 to R31, R33 to R36), on a real server.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use krgate::record::store::postgres::PostgresStore;
use krgate::record::store::{Appended, RecordStore, StoreError, Wanted};
use krgate::record::{Digest, Flaw, Record, RecordId, Union};

use super::database::{Database, Server};
use super::suite;
use super::support::{bytes, choice, now, sealed, time};

fn scan(store: &PostgresStore) -> Vec<Record> {
    let scan = store.scan(&Wanted::all(now())).unwrap();
    assert_eq!(scan.damage, []);
    scan.records
}

/// The words of an error of a store.
fn words(error: &StoreError) -> String {
    format!("{:?}", error.diagnostic().message)
}

#[test]
fn record_r28_a_database_passes_the_suite_with_insert_and_select_alone() {
    let Some(server) = Server::shared() else {
        return;
    };
    suite::passes(&|| Box::new(server.ledger()));
}

#[test]
fn record_r28_the_body_is_what_a_file_of_it_holds() {
    let Some(server) = Server::shared() else {
        return;
    };
    let ledger = server.ledger();
    let record = sealed("octo é😀", 41, "2026-11-02T09:00:00Z");
    assert_eq!(ledger.store().append(&record), Ok(Appended::Stored));
    let body = ledger.text("SELECT body FROM krgate_records");
    assert_eq!(body.into_bytes(), record.to_bytes());
    let columns = ledger.text(
        "SELECT concat_ws(' ', repo, id, kind, digest, extract(epoch FROM at)::bigint) \
         FROM krgate_records",
    );
    let expected = format!(
        "example.org/4711 {} checkin {} {}",
        record.id(),
        record.digest(),
        record.at().as_second()
    );
    assert_eq!(columns, expected);
}

#[test]
fn record_r28_init_may_be_repeated_and_refuses_tables_of_a_newer_krgate() {
    let Some(server) = Server::shared() else {
        return;
    };
    let empty = server.database();
    let refused = empty.store().init().unwrap_err();
    assert!(words(&refused).contains("42501"), "{refused:?}");
    assert!(matches!(refused, StoreError::Refused(_)), "{refused:?}");

    // All at once, as pipelines do.
    thread::scope(|scope| {
        let all: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| empty.store_of("owner").init()))
            .collect();
        for one in all {
            assert_eq!(one.join().unwrap(), Ok(()));
        }
    });
    assert_eq!(
        empty.text("SELECT max(version)::text FROM krgate_schema"),
        "1"
    );
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    empty.grant();
    assert_eq!(empty.store().append(&record), Ok(Appended::Stored));
    assert_eq!(empty.store_of("owner").init(), Ok(()));
    // Where nothing is to be made, the role that records may ask as well.
    assert_eq!(empty.store().init(), Ok(()));
    assert_eq!(bytes(&scan(&empty.store())), bytes(&[record]));

    empty.sql("INSERT INTO krgate_schema (version) VALUES (2)");
    let refused = empty.store_of("owner").init().unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused:?}");
    assert!(words(&refused).contains("a newer krgate"), "{refused:?}");
}

#[test]
fn record_r29_a_writer_that_others_got_in_the_way_of_tries_again() {
    let Some(server) = Server::shared() else {
        return;
    };
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    for isolation in ["read committed", "serializable"] {
        let ledger = server.ledger();
        ledger.sql(&format!(
            "ALTER ROLE gate IN DATABASE {} SET default_transaction_isolation = '{isolation}'",
            ledger.name
        ));
        let mut first = ledger.client();
        let mut first = first.transaction().unwrap();
        let body = String::from_utf8(record.to_bytes()).unwrap();
        first
            .execute(
                "INSERT INTO krgate_records VALUES ($1, $2, $3, $4::text::timestamptz, $5, $6)",
                &[
                    &record.repository_key(),
                    &record.id().to_string(),
                    &record.kind().as_str(),
                    &record.at_text(),
                    &record.digest().to_string(),
                    &body,
                ],
            )
            .unwrap();
        thread::scope(|scope| {
            let second = scope.spawn(|| ledger.store().append(&record));
            let waiting = "SELECT count(*)::text FROM pg_stat_activity WHERE usename = 'gate' \
                           AND datname = current_database() AND wait_event_type = 'Lock'";
            while ledger.text(waiting) == "0" {
                assert!(!second.is_finished(), "{isolation}");
            }
            // To one in a serializable transaction the server then answers 40001.
            first.commit().unwrap();
            assert_eq!(
                second.join().unwrap(),
                Ok(Appended::Duplicate),
                "{isolation}"
            );
        });
        crowd(&ledger, 20);
    }
}

/// The table of rule R31: parts by time, and one for all other times.
const PARTITIONED: &str = "
CREATE TABLE krgate_records (
  repo text NOT NULL, id text NOT NULL, kind text NOT NULL, at timestamptz NOT NULL,
  digest text NOT NULL, body text NOT NULL,
  PRIMARY KEY (repo, id, at)
) PARTITION BY RANGE (at);
CREATE TABLE krgate_records_2026_11 PARTITION OF krgate_records
  FOR VALUES FROM ('2026-11-01T00:00:00Z') TO ('2026-12-01T00:00:00Z');
CREATE TABLE krgate_records_rest PARTITION OF krgate_records DEFAULT";

#[test]
fn record_r31_in_a_table_in_parts_a_duplicate_over_a_border_counts_once() {
    let Some(server) = Server::shared() else {
        return;
    };
    let database = server.database();
    database.sql(PARTITIONED);
    assert_eq!(database.store_of("owner").init(), Ok(()));
    database.grant();
    let store = database.store();
    let first = sealed("octo", 41, "2026-11-30T23:59:59Z");
    assert_eq!(store.append(&first), Ok(Appended::Stored));
    for at in ["2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z"] {
        let again = sealed("octo", 41, at);
        assert_eq!(store.append(&again), Ok(Appended::Duplicate), "{at}");
        let other = store.append(&sealed("octo", 42, at));
        assert!(
            matches!(other, Err(StoreError::Conflict { .. })),
            "{other:?}"
        );
    }
    // Two at once on both sides of a border are two rows, and one record (rule R6).
    let later = sealed("octo", 41, "2026-12-01T00:00:00Z");
    let body = String::from_utf8(later.to_bytes()).unwrap();
    database.sql(&format!(
        "INSERT INTO krgate_records SELECT repo, id, kind, '{}', digest, $body${body}$body$ \
         FROM krgate_records",
        later.at()
    ));
    let scanned = store.scan(&Wanted::all(now())).unwrap();
    assert_eq!(bytes(&scanned.records), bytes(&[first.clone(), later]));
    let union = Union::of([scanned]);
    assert!(union.is_sound());
    assert_eq!(bytes(&union.records), bytes(std::slice::from_ref(&first)));
    assert_eq!(store.append(&first), Ok(Appended::Duplicate));
}

#[test]
fn record_r31_r41_in_a_table_in_parts_it_can_be_said_which_of_two_counts() {
    let Some(server) = Server::shared() else {
        return;
    };
    let database = server.database();
    database.sql(PARTITIONED);
    assert_eq!(database.store_of("owner").init(), Ok(()));
    database.grant();
    let store = database.store();
    let first = sealed("octo", 41, "2026-11-30T23:59:59Z");
    let second = sealed("octo", 42, "2026-12-01T00:00:00Z");
    assert_eq!(store.append(&first), Ok(Appended::Stored));
    let body = String::from_utf8(second.to_bytes()).unwrap();
    database.sql(&format!(
        "INSERT INTO krgate_records SELECT repo, id, kind, '{}', '{}', $body${body}$body$ \
         FROM krgate_records",
        second.at(),
        second.digest()
    ));
    let codes = || {
        let verified = store.verify(now()).unwrap();
        assert_eq!(verified.records, 3);
        let all = verified.diagnostics.iter();
        all.map(|d| d.code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(store.append(&choice(&second)), Ok(Appended::Stored));
    assert_eq!(codes(), ["record-conflict-settled"]);
    let union = Union::of([store.scan(&Wanted::all(now())).unwrap()]);
    let standing: Vec<Record> = union.standing().cloned().collect();
    assert_eq!(bytes(&standing), bytes(&[second.clone(), choice(&second)]));
}

#[test]
fn record_r30_a_role_that_may_change_records_is_named() {
    let Some(server) = Server::shared() else {
        return;
    };
    let ledger = server.ledger();
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    assert_eq!(ledger.store().append(&record), Ok(Appended::Stored));
    let codes = |user| {
        let verified = ledger.store_of(user).verify(now()).unwrap();
        assert_eq!(verified.records, 1);
        let all = verified.diagnostics.iter();
        all.map(|d| (d.code.as_str(), d.level.as_str()))
            .collect::<Vec<_>>()
    };
    assert_eq!(codes("gate"), []);
    assert_eq!(codes("owner"), [("ledger-rights", "warning")]);
    for right in ["DELETE", "TRUNCATE", "UPDATE (body)", "TRIGGER"] {
        ledger.sql(&format!("GRANT {right} ON krgate_records TO gate"));
        assert_eq!(codes("gate"), [("ledger-rights", "warning")], "{right}");
        ledger.sql(&format!("REVOKE {right} ON krgate_records FROM gate"));
        assert_eq!(codes("gate"), [], "{right}");
    }
}

#[test]
fn record_r30_no_right_no_table_and_no_database_are_told_apart() {
    let Some(server) = Server::shared() else {
        return;
    };
    let ledger = server.ledger();
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    ledger.sql("REVOKE INSERT ON krgate_records FROM gate");
    let refused = ledger.store().append(&record).unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused:?}");
    assert!(
        words(&refused).contains("needs INSERT and SELECT"),
        "{refused:?}"
    );
    assert!(words(&refused).contains("42501"), "{refused:?}");

    let empty = server.database();
    let refused = empty.store().append(&record).unwrap_err();
    assert!(matches!(refused, StoreError::Refused(_)), "{refused:?}");
    assert!(
        words(&refused).contains("krgate records init"),
        "{refused:?}"
    );
    let scanned = empty.store().scan(&Wanted::all(now())).unwrap();
    assert!(!scanned.exists);

    let nowhere = Database {
        server: Arc::clone(&server),
        name: "nowhere".into(),
    };
    for answer in [
        nowhere.store().append(&record).map(drop),
        nowhere.store().scan(&Wanted::all(now())).map(drop),
    ] {
        let refused = answer.unwrap_err();
        assert!(matches!(refused, StoreError::Refused(_)), "{refused:?}");
        assert!(words(&refused).contains("3D000"), "{refused:?}");
    }
}

#[test]
fn record_r33_a_table_that_was_there_is_no_empty_history() {
    let Some(server) = Server::shared() else {
        return;
    };
    let ledger = server.ledger();
    ledger.sql("DROP TABLE krgate_records");
    let answer = ledger.store().scan(&Wanted::all(now()));
    assert!(matches!(answer, Err(StoreError::Vanished(_))), "{answer:?}");
}

#[test]
fn record_r34_whatever_happens_to_a_row_is_named_by_table_and_id() {
    let Some(server) = Server::shared() else {
        return;
    };
    let ledger = server.ledger();
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    let id = record.id();
    for (change, flaw) in [
        (
            "body = replace(body, '\"num\":41', '\"num\":42')",
            Flaw::Digest,
        ),
        ("repo = 'example.org/4712'", Flaw::Column("repo")),
        ("kind = 'run'", Flaw::Column("kind")),
        ("at = at + interval '1 microsecond'", Flaw::Column("at")),
        ("at = 'infinity'", Flaw::Column("at")),
        ("digest = ''", Flaw::Column("digest")),
    ] {
        ledger.sql("DELETE FROM krgate_records");
        assert_eq!(ledger.store().append(&record), Ok(Appended::Stored));
        ledger.sql(&format!("UPDATE krgate_records SET {change}"));
        let scan = ledger.store().scan(&Wanted::all(now())).unwrap();
        assert!(scan.exists && scan.records.is_empty(), "{change}");
        let [damage] = &scan.damage[..] else {
            panic!("{change}: {scan:?}");
        };
        assert_eq!(
            damage.path.raw(),
            format!("krgate_records/{id}"),
            "{change}"
        );
        assert_eq!(damage.flaw, flaw, "{change}");
        let body = ledger.text("SELECT body FROM krgate_records");
        assert_eq!(damage.digest, Some(Digest::of(body.as_bytes())), "{change}");
        if !change.starts_with("repo") {
            // Nothing is written over it, and nothing is taken for stored.
            let again = ledger.store().append(&record);
            assert!(matches!(again, Err(StoreError::Damaged(_))), "{change}");
        }
    }
    ledger.sql("DELETE FROM krgate_records");
    assert_eq!(ledger.store().append(&record), Ok(Appended::Stored));
    ledger.sql("UPDATE krgate_records SET id = 'x'");
    let scan = ledger.store().scan(&Wanted::all(now())).unwrap();
    assert_eq!(scan.damage[0].path.raw(), "krgate_records/x");
    assert_eq!(scan.damage[0].flaw, Flaw::Name);
}

#[test]
fn record_r13_a_row_of_the_future_is_damaged_for_a_reader() {
    let Some(server) = Server::shared() else {
        return;
    };
    let ledger = server.ledger();
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    assert_eq!(ledger.store().append(&record), Ok(Appended::Stored));
    let wanted = Wanted::all(time("2026-11-01T08:00:00Z"));
    let scan = ledger.store().scan(&wanted).unwrap();
    assert_eq!(scan.damage[0].flaw, Flaw::Future);
}

#[test]
fn record_r35_a_server_that_went_away_is_unreachable_until_it_is_back() {
    let Some(server) = Server::start(&[]).map(Arc::new) else {
        return;
    };
    let ledger = server.ledger();
    let store = ledger.store();
    let record = |who| sealed(who, 41, "2026-11-02T09:00:00Z");
    assert_eq!(store.append(&record("octo")), Ok(Appended::Stored));
    server.stop();
    for store in [&store, &ledger.store()] {
        let answer = store.append(&record("hubot"));
        assert!(
            matches!(answer, Err(StoreError::Unreachable(_))),
            "{answer:?}"
        );
        let answer = store.scan(&Wanted::all(now()));
        assert!(
            matches!(answer, Err(StoreError::Unreachable(_))),
            "{answer:?}"
        );
    }
    server.resume();
    // The same store opens another connection.
    assert_eq!(store.append(&record("hubot")), Ok(Appended::Stored));
    assert_eq!(scan(&store).len(), 2);
}

#[test]
fn record_r35_a_server_that_keeps_a_writer_waiting_is_given_up() {
    let Some(server) = Server::shared() else {
        return;
    };
    let ledger = server.ledger();
    let mut holder = ledger.client();
    let mut held = holder.transaction().unwrap();
    held.batch_execute("LOCK TABLE krgate_records IN SHARE MODE")
        .unwrap();
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    let answer = ledger.store().append(&record).unwrap_err();
    assert!(matches!(answer, StoreError::Unreachable(_)), "{answer:?}");
    assert!(words(&answer).contains("57014"), "{answer:?}");
    held.commit().unwrap();
    assert_eq!(ledger.store().append(&record), Ok(Appended::Stored));
}

#[test]
fn record_r36_a_connection_that_broke_before_the_answer_leaves_a_duplicate() {
    let Some(server) = Server::shared() else {
        return;
    };
    let ledger = server.ledger();
    let store = ledger.store();
    let record = sealed("octo", 41, "2026-11-02T09:00:00Z");
    assert_eq!(store.append(&record), Ok(Appended::Stored));
    ledger.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE usename = 'gate' AND datname = current_database()",
    );
    // The broken connection may be seen only when it is used.
    let answer = match store.append(&record) {
        Err(StoreError::Unreachable(_)) => store.append(&record),
        other => other,
    };
    assert_eq!(answer, Ok(Appended::Duplicate));
    assert_eq!(scan(&store).len(), 1);
}

/// Writers at once, each with a connection of its own: nothing is lost or doubled.
fn crowd(ledger: &Database, count: usize) {
    let record = |n: usize| {
        let at = format!("2026-11-02T09:{:02}:{:02}Z", n / 60 % 60, n % 60);
        sealed(&format!("writer {n}"), 41, &at)
    };
    let before = scan(&ledger.store()).len();
    let began = Instant::now();
    thread::scope(|scope| {
        let writers: Vec<_> = (0..count)
            .map(|n| scope.spawn(move || ledger.store().append(&record(n))))
            .collect();
        for writer in writers {
            assert_eq!(writer.join().unwrap(), Ok(Appended::Stored));
        }
    });
    let wall = began.elapsed();
    let kept: Vec<RecordId> = scan(&ledger.store()).iter().map(Record::id).collect();
    assert_eq!(kept.iter().collect::<BTreeSet<_>>().len(), kept.len());
    assert!((0..count).all(|n| kept.contains(&record(n).id())));
    assert_eq!(kept.len(), before + count);
    assert_eq!(ledger.store().verify(now()).unwrap().diagnostics, []);
    println!("{count} of {count} kept, all at once, in {wall:.1?}");
}

#[test]
fn record_r02_r29_of_three_hundred_writers_nothing_is_lost() {
    let Some(server) = Server::shared() else {
        return;
    };
    crowd(&server.ledger(), 300);
}
