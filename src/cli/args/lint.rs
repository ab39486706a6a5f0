//! What is typed to get advice on a policy.

use std::path::PathBuf;

use clap::Args;

use super::{Clock, InspectFormat, LedgerPlace, clock, path};

#[derive(Debug, Args)]
pub(in crate::cli) struct LintArguments {
    /// The format on standard output.
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: InspectFormat,

    /// The policy file [default: krgate.yaml or .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(in crate::cli) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) place: LedgerPlace,

    /// Advise as at this moment (RFC 3339).
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(in crate::cli) now: Option<Clock>,
}
