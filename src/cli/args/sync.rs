//! What is typed to tell other tools of the figures.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Clock, LedgerPlace, clock, path};

/// Where figures go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SyncTo {
    /// The request that the policy describes under `sync.http`.
    Http,
    /// Tability, as the policy says under `sync.tability`.
    Tability,
    /// CSV on standard output, or in the file of --output.
    Csv,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 everything that is known was sent, now or before; 2 the request \
    or the policy is wrong; 4 the ledger cannot be relied on, or a figure was not taken."
)]
pub(in crate::cli) struct SyncArguments {
    /// Where the figures go.
    #[arg(long, value_enum, value_name = "TOOL")]
    pub(in crate::cli) to: SyncTo,

    /// The file for CSV [default: standard output].
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) output: Option<PathBuf>,

    /// Print what would be sent, without its secrets, and send nothing.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    /// Send again what may have arrived already.
    #[arg(long)]
    pub(in crate::cli) again: bool,

    /// The policy file [default: krgate.yaml or .github/krgate.yaml].
    #[arg(long, value_name = "PATH", env = "KRGATE_POLICY", value_parser = path)]
    pub(in crate::cli) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) place: LedgerPlace,

    /// Send as at this moment (RFC 3339).
    #[arg(long, value_name = "TIME", env = "KRGATE_NOW", value_parser = clock)]
    pub(in crate::cli) now: Option<Clock>,
}
