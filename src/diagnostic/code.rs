//! The stable names of everything that can be wrong.

use super::Level;

/// Whose fault a diagnostic of level error is, and so which exit code it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Usage, policy, waiver file: exit 2.
    Request,
    /// A report: exit 3.
    Evidence,
    /// Store, network, file system, git: exit 4.
    Environment,
    /// The pipeline around the gate lets a change through: exit 1 of `krgate doctor`.
    Gate,
}

macro_rules! codes {
    ($($variant:ident $name:literal $level:ident $fault:ident $about:literal;)+) => {
        /// What a diagnostic is about. Names never change; a new meaning is a new code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $about] $variant,)+
        }

        impl Code {
            /// Every code, in the order of this list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name, in kebab case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The level it has unless the policy says otherwise.
            pub const fn level(self) -> Level {
                match self { $(Self::$variant => Level::$level,)+ }
            }

            /// Whose fault it is when its level is error.
            pub const fn fault(self) -> Fault {
                match self { $(Self::$variant => Fault::$fault,)+ }
            }

            /// What it means, in a sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)+ }
            }
        }
    };
}

codes! {
    // The policy and the request.
    PolicyNotFound "policy-not-found" Error Request "No policy file was found.";
    PolicyUnreadable "policy-unreadable" Error Request "The policy file cannot be read.";
    PolicySyntax "policy-syntax" Error Request "The policy is not valid YAML.";
    DuplicateKey "duplicate-key" Error Request "A key stands twice in one map of the policy.";
    UnknownKey "unknown-key" Error Request "The policy has a key that krgate does not know.";
    MissingKey "missing-key" Error Request "A key that must be there is missing.";
    WrongType "wrong-type" Error Request "A value of the policy has the wrong type.";
    UnknownWord "unknown-word" Error Request "A word of the policy is not one of those allowed there.";
    BadGlob "bad-glob" Error Request "A glob of the policy does not compile, or can match nothing.";
    BadComparison "bad-comparison" Error Request "A comparison cannot be read.";
    BadDuration "bad-duration" Error Request "A duration cannot be read.";
    BadDate "bad-date" Error Request "A date cannot be read.";
    BadNumber "bad-number" Error Request "A number cannot be read or is out of its range.";
    BadId "bad-id" Error Request "An id or a name is not of the form that it must have.";
    DuplicateId "duplicate-id" Error Request "An id stands twice.";
    UndefinedScope "undefined-scope" Error Request "A filter names a scope that is not defined.";
    UndefinedReference "undefined-reference" Error Request "Something names a key result or objective that is not there.";
    UnknownPack "unknown-pack" Error Request "`extends` names a pack that this krgate does not have.";
    ExtendsCycle "extends-cycle" Error Request "`extends` leads back to a file that is being read.";
    PackNeeds "pack-needs" Error Request "A pack needs something that the policy does not define.";
    StartEqualsTarget "start-equals-target" Error Request "A key result starts where it should end.";
    StartBeyondTarget "start-beyond-target" Error Request "A key result starts beyond its target.";
    BadTarget "bad-target" Error Request "A target does not fit its measure.";
    UnitMismatch "unit-mismatch" Error Request "A unit is not one that the measure has.";
    MissingOwner "missing-owner" Error Request "An objective has no owner.";
    BadWeight "bad-weight" Error Request "Weights of an objective are all zero, or one is not allowed there.";
    EmptyList "empty-list" Error Request "A list that must have an entry is empty.";
    NotBuilt "not-built" Error Request "An argument, or the ledger that the policy names, asks for something that this build of krgate does not do.";
    UnusedScope "unused-scope" Note Request "A scope that no filter uses.";
    LinkCycle "link-cycle" Error Request "Objectives lead back to themselves through `uses` or `contributes_to`.";
    CredentialInPolicy "credential-in-policy" Error Request "A password stands in the policy.";
    NoEffect "no-effect" Warning Request "A key of the policy changes nothing as it stands.";
    NeverBlocks "never-blocks" Warning Request "A committed key result has no day from which it blocks.";
    MoreFaults "more-faults" Error Request "There are more faults in the policy than are listed.";
    WaiverTooBroad "waiver-too-broad" Error Request "A waiver would set aside more than anybody looked at.";
    Usage "usage" Error Request "The command line asks for something that does not fit together.";
    UnknownColumn "unknown-column" Error Request "The policy names a column that a data file does not have.";
    UnknownRequirement "unknown-requirement" Error Request "A list of the requirements of a standard has an id that the standard does not have.";
    ReportClaimedTwice "report-claimed-twice" Error Request "Two report entries of different class or format claim one file.";
    VexUnreadable "vex-unreadable" Error Request "A VEX document is missing, damaged, or none.";
    WaiverExpired "waiver-expired" Warning Request "The last day of a waiver is over, and what it set aside counts again.";
    WaiverRefused "waiver-refused" Warning Request "A waiver does not hold, for the policy or for its own digits.";
    BadCommand "bad-command" Error Request "The command of a report entry is none that can be started.";
    BadPushLine "bad-push-line" Error Request "What a pre-push hook was given is not what git writes to one.";
    HookIsThere "hook-is-there" Error Request "There is a hook of this name already, and it was left as it is.";
    EventRefused "event-refused" Error Request "The pipeline runs on an event whose checkout is not what must be judged.";
    BasePolicyMissing "base-policy-missing" Warning Request "The base of a change has no policy, so nothing is enforced until the change is merged.";
    ProposedPolicyBroken "proposed-policy-broken" Warning Request "A change leaves the policy with faults; once it is merged the gate ends with exit 2.";
    BaselineNotFound "baseline-not-found" Error Request "No baseline is where it was looked for.";
    BaselineBroken "baseline-broken" Error Request "A baseline is damaged, of another version, or no file of findings.";
    BaselineOfChange "baseline-of-change" Warning Request "A change brings the baseline that it would be compared with; it counts once it is merged.";
    BaselineOtherKey "baseline-other-key" Warning Request "A baseline knows secrets by another key than this run, or by none.";
    BaselineLinesOld "baseline-lines-old" Warning Request "The commit of a baseline is not here, so that lines that moved since then count as new.";
    CiContextIncomplete "ci-context-incomplete" Error Environment "The CI system does not say what krgate needs to know of the run.";
    NoRepository "no-repository" Error Environment "A commit is to be read, and there is no git repository.";
    GitUnusable "git-unusable" Error Environment "git is missing, too slow, or gives an answer that cannot be read.";
    GitOwnership "git-ownership" Error Environment "git refuses a repository that belongs to another user.";
    BaseNotPresent "base-not-present" Error Environment "The commit that a change is judged against is not in the clone.";
    EmptyChange "empty-change" Warning Environment "What is judged as a change holds no commit of its own.";
    NoBase "no-base" Note Environment "Nothing says what a change would be judged against, so the run was judged as a state.";
    NoMergeBase "no-merge-base" Error Environment "A shallow clone does not hold the commit where the change began.";
    ChangeUnknown "change-unknown" Warning Environment "What the change touched is not known, so every finding counts as introduced.";
    OutputNotWritten "output-not-written" Error Environment "An output could not be written.";

    // Advice of `krgate policy lint`.
    ObjectivesFewOrMany "objectives-few-or-many" Warning Request "The policy has fewer than two or more than four objectives, which is no focus.";
    KeyResultsMany "key-results-many" Warning Request "An objective has more than five key results, which is no focus.";
    ObjectiveWithoutKeyResult "objective-without-key-result" Warning Request "An objective has no key result, so nothing shows whether it is reached.";
    OneHorizon "one-horizon" Warning Request "All objectives are strategic, or all tactical, or none says which it is.";
    ObjectiveUnaligned "objective-unaligned" Note Request "An objective names nothing that it contributes to.";
    NothingTracked "nothing-tracked" Note Request "The policy names no ledger, so that no figure is kept and no progress can be seen.";
    NoStretch "no-stretch" Note Request "No key result is aspirational.";
    MissingContext "missing-context" Note Request "The policy does not say, or not wholly, in which context its objectives were chosen.";
    MissingMission "missing-mission" Note Request "The policy has no mission.";
    MissionTooLong "mission-too-long" Note Request "The mission is longer than two sentences.";
    MissingBusinessReason "missing-business-reason" Note Request "An objective does not say why it makes sense outside security.";
    MissingDecision "missing-decision" Note Request "A key result does not answer, or not wholly, the questions behind the decision for it.";
    MissingPlan "missing-plan" Note Request "An objective names no actions or no budget.";
    MissingSponsor "missing-sponsor" Note Request "An objective has no sponsor or no deputy.";
    KeyResultWithoutOrigin "key-result-without-origin" Warning Request "Neither a key result nor its objective says which threat, risk or requirement it comes from.";
    PillarWithoutKeyResult "pillar-without-key-result" Note Request "A pillar has no key result.";
    NoRisks "no-risks" Note Request "The policy has no register of risks.";
    RiskWithoutKeyResult "risk-without-key-result" Note Request "No objective and no key result comes from a risk of the register.";
    RiskNotReviewed "risk-not-reviewed" Warning Request "A risk was not looked at for 90 days.";
    OwnerNotInRoster "owner-not-in-roster" Error Request "The owner of an objective or key result is not in the roster.";
    NameNotInRoster "name-not-in-roster" Warning Request "A sponsor, deputy, reviewer or other person that the policy names is not in the roster.";
    RosterUnreadable "roster-unreadable" Error Request "The roster that the policy names cannot be read, so that owners cannot be looked up in it.";
    SpeedWithoutBacklog "speed-without-backlog" Warning Request "A `time_to_fix` has no `age` or `sla` beside it in its objective, so that an old backlog stays unseen.";
    DataClassWithoutKeyResult "data-class-without-key-result" Note Request "A scope holds data of a class that no key result looks at for itself.";
    TargetMetAtStart "target-met-at-start" Note Request "The first figure of the period reaches the target already.";
    TargetUnlikely "target-unlikely" Note Request "At the pace so far the target is reached in fewer than one case of ten.";

    // What is published.
    PublishFailed "publish-failed" Error Environment "A check run or comment that was asked for could not be published.";
    PublishReadOnly "publish-read-only" Note Environment "The event gives no right to write, so nothing was published.";
    PublishSkipped "publish-skipped" Note Environment "A check run or comment was left out: it has no place, or a newer one stands there.";
    CommentRepeated "comment-repeated" Note Environment "A pull request has several comments of one gate; the oldest is kept up to date.";
    TokenTrimmed "token-trimmed" Note Environment "A token ended in a line break, which was taken off.";

    SyncFailed "sync-failed" Error Environment "A figure could not be sent to another tool for key results.";
    SyncUnsure "sync-unsure" Error Environment "Nobody can tell whether another tool got a figure, since its answer was lost.";

    // The ledger.
    RecordConflict "record-conflict" Error Environment "The ledger has another record under the same id.";
    RecordDamaged "record-damaged" Error Environment "A file or ref of the ledger is no record, or not the one that it should be.";
    RecordSchemaUnknown "record-schema-unknown" Error Environment "A record is of a schema that this version does not read.";
    RecordConflictSettled "record-conflict-settled" Note Environment "Records of one id contradict each other, and an amendment says which one counts.";
    RecordQuarantined "record-quarantined" Note Environment "A damaged file of the ledger was set aside, with a reason.";
    RecordNotStored "record-not-stored" Error Environment "A record that was asked for could not be stored.";
    RecordSkipped "record-skipped" Note Environment "This run is not one that is recorded.";
    RecordTooLarge "record-too-large" Error Environment "A record would be larger than 64 MiB.";
    LedgerUnreachable "ledger-unreachable" Error Environment "The ledger cannot be reached.";
    LedgerVanished "ledger-vanished" Error Environment "A ledger that was there is gone.";
    LedgerRewritten "ledger-rewritten" Error Environment "The ledger's branch does not hold what was last seen of it.";
    LedgerNotFolded "ledger-not-folded" Error Environment "The records that wait in git could not be gathered on the branch.";
    LedgerEmpty "ledger-empty" Note Environment "Nothing was ever recorded.";
    MissingParent "missing-parent" Error Environment "A record names an earlier one that is not there.";
    CheckpointMismatch "checkpoint-mismatch" Error Environment "A checkpoint does not fit the records, or the one before it.";
    LedgerBranches "ledger-branches" Note Environment "The ledger's host takes branches and tags alone, so that records are branches.";
    LedgerProbeLeft "ledger-probe-left" Warning Environment "The ref that `krgate doctor` tried could not be taken away again.";
    LedgerRights "ledger-rights" Warning Environment "The role that records may do more with records than add and read them.";
    LedgerForeignFile "ledger-foreign-file" Note Environment "Something lies in the ledger that is named like no record.";
    EventAgain "event-again" Note Environment "The same event was recorded before, and counts once.";
    BaselineAdopted "baseline-adopted" Note Environment "Another run has frozen the first figure of a key result; that one stands.";
    CloseRefused "close-refused" Error Request "The period is not closed: it runs, is closed already, or a missed key result lacks its postmortem.";
    HistoryDamaged "history-damaged" Error Environment "The ledger is not there or not whole, so no period is closed by it.";
    CheckInRefused "check-in-refused" Error Request "A check-in does not fit the key result, or comes from someone who may not make it.";

    // Reports as files.
    ReportMissing "report-missing" Error Evidence "A report that must be there is not.";
    ReportUnreadable "report-unreadable" Error Evidence "A report cannot be opened or read.";
    ReportNotAFile "report-not-a-file" Error Evidence "A report is a directory, device, pipe or socket.";
    ReportEmpty "report-empty" Error Evidence "A report has no bytes.";
    ReportTooLarge "report-too-large" Error Evidence "A report is larger than the limit, after gzip.";
    ReportTooDeep "report-too-deep" Error Evidence "A report nests deeper than 128 levels.";
    ReportTruncated "report-truncated" Error Evidence "A report ends in the middle.";
    ReportSyntax "report-syntax" Error Evidence "A report is not valid JSON.";
    ReportNotUtf8 "report-not-utf8" Error Evidence "A report has bytes that are not UTF-8.";
    ReportDuplicateKey "report-duplicate-key" Error Evidence "A member that is read stands twice in one object.";
    ReportUnknownFormat "report-unknown-format" Error Evidence "A report is of no format that krgate knows.";
    ReportAmbiguousFormat "report-ambiguous-format" Error Evidence "A report looks like two formats.";
    ReportNeedsFormat "report-needs-format" Error Evidence "Content alone cannot tell which format a report is of.";
    ReportFormatMismatch "report-format-mismatch" Error Evidence "A report is of another format than its entry declares.";
    ReportUnsupportedFormat "report-unsupported-format" Error Evidence "A report is of a format that is recognised and not read.";
    ReportWrongType "report-wrong-type" Error Evidence "A part that decides has the wrong type.";
    ReportCountMismatch "report-count-mismatch" Error Evidence "A report states another number of findings than it holds.";
    ReportChangedWhileRead "report-changed-while-read" Error Evidence "A report changed while it was read.";
    ReportOlderThanCommit "report-older-than-commit" Warning Evidence "A report is older than the commit that is judged.";
    ReportOfOtherCommit "report-of-other-commit" Warning Evidence "A report is of another commit than the one that is judged.";
    ReportTooOld "report-too-old" Warning Evidence "A report is older than its entry allows, or does not say how old it is.";
    ReportCommandFailed "report-command-failed" Error Evidence "The command that writes a report failed or took too long, so the report counts as missing.";
    CommandsNotTrusted "commands-not-trusted" Error Evidence "A report is missing or old, and its command is not trusted on this machine.";
    NotCheckedOut "not-checked-out" Error Evidence "What is pushed is not what is checked out, so the reports are not of it.";
    ReportToolMismatch "report-tool-mismatch" Error Evidence "No run of a report is by the tool that its entry names.";
    ReportNotGiven "report-not-given" Warning Evidence "A report entry got no file on the command line.";
    ReportRepeated "report-repeated" Note Evidence "The same report was given twice and read once.";
    TooManyFindings "too-many-findings" Error Evidence "There are more findings than one evaluation takes.";
    TooManyReports "too-many-reports" Error Evidence "A glob matches more files than one evaluation takes.";
    ItemTooLarge "item-too-large" Error Evidence "One element of a report is larger than the limit.";
    UpstreamJobNotSuccessful "upstream-job-not-successful" Error Evidence "A job that the gate needs did not succeed, so what it should have measured is not known.";
    SarifVersionMissing "sarif-version-missing" Error Evidence "A SARIF file does not say its version.";
    SarifVersionUnsupported "sarif-version-unsupported" Error Evidence "A SARIF file is of a version other than 2.1.0.";

    // Items and runs.
    SarifNoRuns "sarif-no-runs" Warning Evidence "A SARIF file has no run.";
    SarifResultsAbsent "sarif-results-absent" Warning Evidence "A run has no results: they were not computed.";
    SarifRunFailed "sarif-run-failed" Warning Evidence "A run says that it failed.";
    SarifResultMalformed "sarif-result-malformed" Warning Evidence "A result cannot be decoded; it counts with what could be read.";
    SarifExternalNotRead "sarif-external-not-read" Warning Evidence "Part of a run stands in another file, which is not read.";
    SarifKindLevelConflict "sarif-kind-level-conflict" Warning Evidence "A result has a level that its kind does not allow.";
    SarifKindUnknown "sarif-kind-unknown" Warning Evidence "A result has a kind that SARIF does not know.";
    SarifLevelUnknown "sarif-level-unknown" Warning Evidence "A level is not one of SARIF's words.";
    SarifSuppressionUnknown "sarif-suppression-unknown" Warning Evidence "A suppression cannot be understood and does not hold.";
    SarifDetectionUnknown "sarif-detection-unknown" Note Evidence "When a result was first detected cannot be understood or is yet to come; the scan that sees it first counts.";
    SarifBaselineUnknown "sarif-baseline-unknown" Warning Evidence "A baseline state cannot be understood; the result counts as introduced.";
    SarifRuleMismatch "sarif-rule-mismatch" Warning Evidence "A result's rule index and rule id name different rules.";
    SarifRuleNotFound "sarif-rule-not-found" Warning Evidence "A result names a rule that is not there.";
    SarifLocationUnusable "sarif-location-unusable" Warning Evidence "A location cannot be used.";
    SarifToolUnnamed "sarif-tool-unnamed" Warning Evidence "A run does not name its tool.";
    SarifStatusMissing "sarif-status-missing" Note Evidence "An invocation does not say whether it was successful.";
    SarifStatusIgnored "sarif-status-ignored" Note Evidence "A status was not taken at its word, by a known quirk of the tool.";
    SarifScoreWord "sarif-score-word" Note Evidence "A word stands where a score should; it counts as the upper end of its band.";
    SarifGithubLimit "sarif-github-limit" Note Evidence "A report is over one of GitHub's upload limits; everything was judged.";
    CvssScoreInvalid "cvss-score-invalid" Warning Evidence "A score is no number from 0.0 to 10.0.";
    CvssVectorInvalid "cvss-vector-invalid" Warning Evidence "A CVSS vector is incomplete or wrong.";
    CvssScoreMismatch "cvss-score-mismatch" Warning Evidence "A vector and the score beside it differ.";
    CvssScoreRounded "cvss-score-rounded" Note Evidence "A score has more than one decimal and went up to the next tenth.";
    SameToolTwice "same-tool-twice" Warning Evidence "Two reports are of the same tool and category; their findings add up.";
    PathOutsideRepository "path-outside-repository" Warning Evidence "A path lies outside the repository; every path scope counts it.";
    ToolClassUnknown "tool-class-unknown" Warning Evidence "A tool is not in the table of tools; its class is `other`.";
    ToolClassUndeclared "tool-class-undeclared" Warning Evidence "A tool of several classes satisfies no class until its entry declares one.";
    ToolClassConflict "tool-class-conflict" Warning Evidence "A report entry declares a class that its tool does not have.";
    ItemWrongType "item-wrong-type" Warning Evidence "A descriptive field has the wrong type and is read as absent.";
    UnknownValidityWord "unknown-validity-word" Warning Evidence "A word for the validity of a secret is not known.";
    UnknownSeverityWord "unknown-severity-word" Warning Evidence "A word for the severity is not known.";
    SeverityDisagrees "severity-disagrees" Warning Evidence "A score and the word for the severity are more than one band apart; the higher one counts.";
    OldVulnerabilityData "old-vulnerability-data" Warning Evidence "A scan used vulnerability data that is old, broken or not kept up.";
    IgnoredByTool "ignored-by-tool" Note Evidence "A tool was told to ignore findings, of which its report has no other trace.";
    ScanIncomplete "scan-incomplete" Warning Evidence "A report says that a part of its scan failed or is missing.";
    ListMayBeAPage "list-may-be-a-page" Warning Evidence "A list has exactly as many items as one page of a longer one.";
    NoTargets "no-targets" Note Evidence "A scan found nothing that it could look at.";
    LinesSkipped "lines-skipped" Warning Evidence "Lines of a report are neither findings nor log lines.";
    ExploitDataUnreadable "exploit-data-unreadable" Warning Evidence "A file of exploit data is missing or damaged; an error where an argument names it.";
    ExploitDataTooOld "exploit-data-too-old" Warning Evidence "A file of exploit data is older than the policy allows, or does not say how old it is.";
    WeakEvidence "weak-evidence" Note Evidence "Nothing in a report proves that its scan ran to the end.";

    // The pipeline around the gate.
    GateMissing "gate-missing" Error Gate "No workflow judges a change.";
    WorkflowUnreadable "workflow-unreadable" Error Gate "A workflow file cannot be read, so nothing can be said of it.";
    GateSkippable "gate-skippable" Error Gate "The gate's job or step can be skipped, and a skipped job counts as success.";
    GateFailureIgnored "gate-failure-ignored" Error Gate "The gate's failure does not fail its job.";
    GateNeedsNotPassed "gate-needs-not-passed" Error Gate "The gate is not told how the jobs ended that it waits for.";
    GatePolicyOfChange "gate-policy-of-change" Error Gate "The gate takes the policy from the change that it judges.";
    GateFiltered "gate-filtered" Error Gate "The gate's workflow does not start for every change.";
    GateOnPullRequestTarget "gate-on-pull-request-target" Error Gate "The gate runs on `pull_request_target`, whose checkout is not the change.";
    HeadCheckoutWithToken "head-checkout-with-token" Error Gate "A workflow of `pull_request_target` checks out the code of the change, which then runs with the repository's token.";
    ScanFailureIgnored "scan-failure-ignored" Error Gate "A scan may fail unseen, and the policy does not demand its report.";
    ScanFailureCovered "scan-failure-covered" Note Gate "A scan may fail unseen, and the policy demands its report, so its absence is seen.";
    GateFileUnowned "gate-file-unowned" Error Gate "A file that decides what the gate does has no owner in CODEOWNERS.";
    ActionUnpinned "action-unpinned" Error Gate "An action of the gate's job is not pinned to a commit; a warning for one that is not krgate's.";
    ReportOptional "report-optional" Warning Gate "The policy lets a report be absent.";
    MergeGroupMissing "merge-group-missing" Warning Gate "The gate does not run for the merge queue, which then waits for ever.";
    PermissionUnneeded "permission-unneeded" Warning Gate "The gate's job has a permission to write that it does not use.";
    PermissionsUnset "permissions-unset" Warning Gate "The gate's job takes the permissions that the repository gives by default.";
    BaseNotFetched "base-not-fetched" Note Gate "The gate's checkout does not bring the base commit, which krgate then fetches.";
    CredentialsPersisted "credentials-persisted" Note Gate "A checkout leaves the token where later steps can read it.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for name in names {
            assert!(
                name.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{name}"
            );
        }
    }
}
