//! One file per section of the rules.

mod a_document;
mod b_did_it_run;
mod c_findings;
mod d_rules;
mod e_level;
mod f_score;
mod g_identity_of_tool;
mod h_fingerprints;
mod i_location;
mod j_safety;
mod readers_go_wrong;
mod tool_table;
mod verdicts;
