//! What reading a record and a checkpoint must be: whole and as it was written, or refused.

use jiff::Timestamp;
use krgate::record::checkpoint::Checkpoint;
use krgate::record::history::history;
use krgate::record::store::Scan;
use krgate::record::{Record, Union};

use super::texts::assert_harmless;

/// A record that is read is canonical: it is written as it was. What it says becomes a history whatever it is, and nothing that is said of it acts on a log. A
/// change of one byte makes another record or none.
pub(crate) fn ledger(bytes: &[u8]) {
    if let Ok(checkpoint) = Checkpoint::read(bytes) {
        assert_eq!(checkpoint.to_bytes(), bytes, "a checkpoint");
    }
    let read = Record::read(bytes, Timestamp::MAX);
    let mut scan = Scan {
        exists: true,
        ..Scan::default()
    };
    match read {
        Ok(record) => {
            assert_eq!(record.to_bytes(), bytes, "a record");
            let again = Record::read(&record.to_bytes(), Timestamp::MAX);
            assert_eq!(again.as_ref(), Ok(&record));
            scan.records.push(record);
        }
        Err(flaw) => assert_harmless("a flaw", &flaw.to_string()),
    }
    let union = Union::of([scan.clone(), scan]);
    let known = history(&union, None, Timestamp::MAX);
    assert!(known.read, "a ledger that was read");
    assert_harmless("doubts", &format!("{:?}", known.doubts));
}
