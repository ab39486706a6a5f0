use super::*;
use crate::record::canonical::Whole;
use crate::record::kind::Target;
use jiff::civil::date;

fn shop() -> Repository {
    Repository {
        host: "example.org".into(),
        id: "4711".into(),
        name: "acme/shop".into(),
    }
}

/// A check-in of the ledger's vectors.
fn trained(day: i8, value: i64) -> Draft {
    let as_of = date(2026, 11, day);
    let whole = |number| Whole::new(number).unwrap();
    let kr = Object::new()
        .with("def", "0123456789abcdef0123456789abcdef")
        .with("den", whole(100))
        .with("kr", "speed/trained")
        .with("num", whole(value))
        .with("unit", "%")
        .with("value", value.to_string());
    let claim = Object::new()
        .with("as_of", as_of.to_string())
        .with(
            "evidence",
            vec![Value::from(format!("https://example.org/lms/{day}"))],
        )
        .with("who", "octo");
    Draft {
        repository: shop(),
        idem: Idem::Checkin {
            kr: "speed/trained".into(),
            as_of,
            who: "octo".into(),
        },
        at: format!("2026-11-{day:02}T09:00:00Z").parse().unwrap(),
        parents: None,
        fields: Object::new()
            .with("claim", claim)
            .with("krs", vec![Value::Object(kr)])
            .with("period", "2026-Q4"),
    }
}

const LINE: &str = r#"{"at":"2026-11-02T09:00:00Z","by":"krgate 0.1.0","claim":{"as_of":"2026-11-02","evidence":["https://example.org/lms/2"],"who":"octo"},"digest":"sha256:249b7f1d492bae129259de007760e13fcf14faf8a782a7a420de88a78edb7c4f","id":"e7c8f47a1ab370d0f33750e6442c3546c1058816cef3d1f7fa6733f58320e805","idem":{"as_of":"2026-11-02","kind":"checkin","kr":"speed/trained","repo":"example.org/4711","who":"octo"},"kind":"checkin","krs":[{"def":"0123456789abcdef0123456789abcdef","den":100,"kr":"speed/trained","num":41,"unit":"%","value":"41"}],"period":"2026-Q4","repo":{"host":"example.org","id":"4711","name":"acme/shop"},"schema":"krgate.record/1"}
"#;

fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

#[test]
fn record_r02_the_vector_is_written_and_read_byte_for_byte() {
    let record = trained(2, 41).seal().unwrap();
    assert_eq!(String::from_utf8(record.to_bytes()).unwrap(), LINE);
    let read = Record::read(LINE.as_bytes(), now()).unwrap();
    assert_eq!(read, record);
    assert_eq!((read.kind(), read.month()), (Kind::Checkin, "2026-11"));
    assert_eq!(read.repository_key(), "example.org/4711");
    assert_eq!(read.parents(), None);
}

#[test]
fn record_r05_r06_later_is_the_same_and_another_figure_is_not() {
    let first = trained(2, 41).seal().unwrap();
    let mut later = trained(2, 41);
    later.at = "2026-11-02T09:00:41Z".parse().unwrap();
    let later = later.seal().unwrap();
    assert_eq!((later.id(), later.digest()), (first.id(), first.digest()));
    assert_ne!(later.to_bytes(), first.to_bytes());
    let other = trained(2, 42).seal().unwrap();
    assert_eq!(other.id(), first.id());
    assert_eq!(
        other.digest().to_string(),
        "sha256:98daccb883d12f52f339fc5e48d881af21f93e600134f4d1139a8276dafece75"
    );
}

#[test]
fn record_r05_the_ids_and_digests_of_the_table() {
    for (day, value, id, digest) in [
        (
            16,
            60,
            "1f1b8b7b72049cc0b6ca3fbe65e00075b72d16706169ce3b0288d34e8ba2f0c1",
            "sha256:2e7b0125",
        ),
        (
            9,
            52,
            "08f4b8b154de85c45486f0424e060a25062ea1ce3ef891e17fc5f20472adceed",
            "sha256:36a5b025",
        ),
    ] {
        let record = trained(day, value).seal().unwrap();
        assert_eq!(record.id().to_string(), id);
        assert!(record.digest().to_string().starts_with(digest));
    }
}

#[test]
fn record_r08_an_attempt_and_an_instance_are_records_of_their_own() {
    let run = |attempt, instance: &str| {
        let idem = Idem::Run {
            workflow: "gate".into(),
            run_id: "17".into(),
            attempt,
            job: "check".into(),
            instance: instance.into(),
        };
        RecordId::of(idem.to_object(&shop()).canonical().as_bytes())
    };
    assert_ne!(run(1, "krgate.yaml"), run(2, "krgate.yaml"));
    assert_ne!(run(1, "krgate.yaml"), run(1, "0"));
    assert_eq!(run(1, "0"), run(1, "0"));
}

#[test]
fn record_r12_unknown_fields_stay_and_unknown_schemas_are_named() {
    let mut draft = trained(2, 41);
    draft.fields.set("mood", "good");
    draft.fields.set("sig", Object::new().with("by", "someone"));
    let record = draft.seal().unwrap();
    let read = Record::read(&record.to_bytes(), now()).unwrap();
    assert_eq!(read.body().text("mood"), Some("good"));
    assert_eq!(read.to_bytes(), record.to_bytes());
    let later = LINE.replace("krgate.record/1", "krgate.record/2");
    assert_eq!(
        Record::read(later.as_bytes(), now()),
        Err(Flaw::Schema(UntrustedText::new("krgate.record/2")))
    );
}

#[test]
fn record_r13_more_than_a_day_ahead_is_damaged() {
    let at = |text: &str| Record::read(LINE.as_bytes(), text.parse().unwrap());
    assert_eq!(at("2026-11-01T08:59:59Z"), Err(Flaw::Future));
    assert!(at("2026-11-01T09:00:00Z").is_ok());
}

#[test]
fn record_r34_what_is_wrong_is_named() {
    let with = |from: &str, to: &str| {
        assert!(LINE.contains(from), "{from}");
        Record::read(LINE.replace(from, to).as_bytes(), now())
    };
    let cases = [
        (r#""num":41"#, r#""num":42"#, Flaw::Digest),
        (
            r#""who":"octo"},"kind""#,
            r#""who":"octa"},"kind""#,
            Flaw::Id,
        ),
        (
            r#""value":"41""#,
            r#""value":"41.0""#,
            Flaw::Form("krs[].value"),
        ),
        (
            r#""kind":"checkin","krs""#,
            r#""kind":"hello","krs""#,
            Flaw::Form("kind"),
        ),
        (
            r#""kind":"checkin","krs""#,
            r#""kind":"event","krs""#,
            Flaw::Missing("idem.name"),
        ),
        (
            r#""period":"2026-Q4""#,
            r#""period":4"#,
            Flaw::Form("period"),
        ),
        (
            r#""at":"2026-11-02T09:00:00Z""#,
            r#""at":"2026-11-02""#,
            Flaw::Form("at"),
        ),
        (r#""by":"krgate 0.1.0","#, "", Flaw::Missing("by")),
        (r#""krs":["#, r#""krt":["#, Flaw::Missing("krs")),
        (
            r#","schema":"krgate.record/1""#,
            "",
            Flaw::Missing("schema"),
        ),
        (
            r#""repo":{"host":"example.org""#,
            r#""repo":{"host":"example.com""#,
            Flaw::Digest,
        ),
    ];
    for (from, to, flaw) in cases {
        assert_eq!(with(from, to), Err(flaw), "{from} -> {to}");
    }
    for end in 0..LINE.len() {
        let cut = Record::read(&LINE.as_bytes()[..end], now());
        assert!(matches!(cut, Err(Flaw::NotCanonical(_))), "{end}");
    }
}

#[test]
fn record_r14_parents_are_absent_or_empty_or_named() {
    let parents = |parents| {
        let record = Draft {
            parents,
            ..trained(2, 41)
        };
        let record = record.seal().unwrap();
        let read = Record::read(&record.to_bytes(), now()).unwrap();
        assert_eq!(read.digest(), trained(2, 41).seal().unwrap().digest());
        read.parents()
    };
    let id = RecordId::of(b"{}");
    assert_eq!(parents(None), None);
    assert_eq!(parents(Some(Vec::new())), Some(Vec::new()));
    assert_eq!(parents(Some(vec![id])), Some(vec![id]));
}

#[test]
fn record_r11_a_record_over_the_limit_is_not_made() {
    let mut draft = trained(2, 41);
    draft.fields.set("note", "x".repeat(MOST_BYTES));
    let refused = draft.seal();
    assert!(matches!(refused, Err(Unsealed::TooLarge(size)) if size > MOST_BYTES));
}

#[test]
fn record_r04_what_readers_would_refuse_is_not_made() {
    let mut draft = trained(2, 41);
    draft.fields.set("period", Whole::new(4).unwrap());
    assert_eq!(draft.seal(), Err(Unsealed::Flawed(Flaw::Form("period"))));
}

#[test]
fn record_r34_an_amendment_names_a_record_or_a_file() {
    let id = RecordId::of(b"{}");
    let digest = Digest::of(b"x");
    for target in [Target::Record(id), Target::File(digest)] {
        let draft = Draft {
            repository: shop(),
            idem: Idem::Amend { target, n: 1 },
            at: now(),
            parents: None,
            fields: Object::new()
                .with("target", target.to_string())
                .with("reason", "it is damaged"),
        };
        let record = draft.seal().unwrap();
        assert!(Record::read(&record.to_bytes(), now()).is_ok());
    }
}
