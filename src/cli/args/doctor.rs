//! What is typed to look for what would let a change past the gate.

use std::path::PathBuf;

use clap::Args;

use super::{InspectFormat, path};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing was found that lets a change past the gate (warnings \
    and notes may exist), 1 something does, 2 the request or the policy is wrong, 4 the \
    environment failed."
)]
pub(in crate::cli) struct DoctorArguments {
    /// The policy file [default: krgate.yaml or .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(in crate::cli) policy: Option<PathBuf>,

    /// Ask the ledger too, over the network where it is there: whether git's host takes the
    /// refs of records, whether the role of a database may do too much. Without PLACE that of
    /// the policy, else dir:.krgate/ledger.
    #[arg(long, value_name = "PLACE", num_args = 0..=1, default_missing_value = "")]
    pub(in crate::cli) ledger: Option<String>,

    /// The format on standard output.
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: InspectFormat,
}
