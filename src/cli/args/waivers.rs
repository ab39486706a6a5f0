//! What is typed to except a finding, and to list the waivers.

use clap::Args;
use jiff::civil::Date;

use super::{Circumstances, InspectFormat, day, said};
use crate::policy::{self, WaiverKind};

#[derive(Debug, Args)]
pub(in crate::cli) struct WaiveArguments {
    /// A finding id (its first digits are enough) of the reports as they are now.
    #[arg(value_name = "FINDING-ID")]
    pub(in crate::cli) finding: String,

    /// Reports, as for `check`.
    #[arg(value_name = "REPORT")]
    pub(in crate::cli) reports: Vec<String>,

    /// Why it is excepted.
    #[arg(long, value_name = "TEXT", value_parser = said)]
    pub(in crate::cli) reason: String,

    /// What the finding is: `false_positive`, `accepted_risk`, `mitigating_control` or
    /// `used_in_tests`.
    #[arg(long, value_name = "KIND", value_parser = kind_of_waiver)]
    pub(in crate::cli) kind: Option<WaiverKind>,

    /// Who answers for it.
    #[arg(long, value_name = "WHO", value_parser = said)]
    pub(in crate::cli) owner: Option<String>,

    /// The last day on which it holds, such as 2026-12-31.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(in crate::cli) expires: Option<Date>,

    /// Who agreed.
    #[arg(long, value_name = "WHO", value_parser = said)]
    pub(in crate::cli) approved_by: Option<String>,

    /// What the waiver is called, such as w-2026-10-ssrf.
    #[arg(long, value_name = "ID", value_parser = policy::waiver_id)]
    pub(in crate::cli) id: Option<String>,

    #[command(flatten)]
    pub(in crate::cli) circumstances: Circumstances,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct WaiversArguments {
    /// Reports, as for `check`.
    #[arg(value_name = "REPORT")]
    pub(in crate::cli) reports: Vec<String>,

    #[command(flatten)]
    pub(in crate::cli) circumstances: Circumstances,

    /// The format on standard output.
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: InspectFormat,
}

fn kind_of_waiver(text: &str) -> Result<WaiverKind, &'static str> {
    WaiverKind::from_word(text)
        .ok_or("expected false_positive, accepted_risk, mitigating_control or used_in_tests")
}
