//! What is wrong with bytes that should be a record.

use crate::model::UntrustedText;

use super::canonical::NotCanonical;

/// Why bytes are no record that this version can read (rules R11 to R13, R34).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// They are not canonical JSON.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// They are of a schema that this version does not know (rule R12).
    #[error("its schema is not one that this version of krgate reads")]
    Schema(UntrustedText),
    /// A field that must be there is not.
    #[error("the field `{0}` is missing")]
    Missing(&'static str),
    /// A field is not of its form.
    #[error("the field `{0}` is not of its form")]
    Form(&'static str),
    /// `id` is not the digest of `idem`.
    #[error("its id is not that of its `idem`")]
    Id,
    /// `digest` is not the digest of the rest.
    #[error("its digest is not that of its content")]
    Digest,
    /// It is dated more than a day ahead of the reader's clock (rule R13).
    #[error("it is dated more than a day ahead of the clock")]
    Future,
    /// It stands under a name that is not its id.
    #[error("its name is not its id")]
    Name,
    /// It stands in the folder of another month.
    #[error("it lies in the folder of another month")]
    Month,
    /// A column beside it says something else.
    #[error("the column `{0}` beside it says something else")]
    Column(&'static str),
    /// A ref holds something else than one record.
    #[error("it does not hold one record and nothing else")]
    Ref,
    /// The branch does not hold what was last seen of it (rule R42).
    #[error("it does not hold what was last seen of it")]
    Rewritten,
    /// It cannot be read, or is no file.
    #[error("it cannot be read as a file")]
    Unreadable,
}
