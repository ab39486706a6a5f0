//! One finding of a secrets scanner as far as it was read, and the name of its value.

use crate::model::{SecretId, TextId, Validity};

use super::report::Report;
use super::run::{Found, SecretRun, Spot};
use super::secret::{RawPart, Vault, is_bare_pem_header};
use super::window::Refusal;

/// What stands where a report gives the value of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Value {
    /// A value, by its name.
    Named(SecretId),
    /// Nothing, a placeholder, or a part of the value.
    #[default]
    Absent,
    /// The first line of a PEM block, which every private key has.
    PemHeader,
}

impl Value {
    /// Takes a raw value into the vault.
    pub(super) fn of(vault: &mut Vault, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        match vault.identify(value) {
            Some(id) => Self::Named(id),
            None if is_bare_pem_header(value) => Self::PemHeader,
            None => Self::Absent,
        }
    }

    /// Takes a raw value of one or more parts into the vault.
    pub(super) fn of_parts(vault: &mut Vault, parts: &[RawPart]) -> Self {
        let is_header = |part: &RawPart| is_bare_pem_header(part.as_slice());
        match vault.identify_parts(parts) {
            Some(id) => Self::Named(id),
            None if parts.iter().any(is_header) => Self::PemHeader,
            None => Self::Absent,
        }
    }

    /// The name of the value.
    pub(super) fn name(self) -> Option<SecretId> {
        match self {
            Self::Named(id) => Some(id),
            Self::Absent | Self::PemHeader => None,
        }
    }

    /// The name of the value; where there is none, that by the tool's own hash of it, which
    /// for a bare PEM header is no name either (rule S74).
    pub(super) fn or_refer(self, own: Option<SecretId>) -> Option<SecretId> {
        match self {
            Self::Named(id) => Some(id),
            Self::Absent => own,
            Self::PemHeader => None,
        }
    }
}

/// A finding as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// The scanner's rule.
    pub(super) rule: Option<TextId>,
    /// The rule's title or description.
    pub(super) title: Option<TextId>,
    /// Where it is.
    pub(super) spot: Spot,
    /// Its value.
    pub(super) value: Value,
    /// Its name by the tool's own hash of the value.
    pub(super) own_hash: Option<SecretId>,
    /// Whether it works, if the report says so.
    pub(super) validity: Option<Validity>,
}

impl Item {
    /// It as it is pushed, neither dismissed nor suppressed.
    pub(super) fn found(self, report: &mut Report<'_, '_>) -> Found {
        let rule = report.rule(self.rule, self.title);
        Found {
            validity: self.validity.unwrap_or(Validity::NotAttempted),
            secret: self.value.or_refer(self.own_hash),
            ..Found::at(rule, self.spot)
        }
    }

    /// Adds it to the run.
    ///
    /// # Errors
    /// `too-many-findings`.
    pub(super) fn push(
        self,
        report: &mut Report<'_, '_>,
        run: &mut SecretRun,
    ) -> Result<(), Refusal> {
        let found = self.found(report);
        run.push(report.builder, &found)
    }
}
