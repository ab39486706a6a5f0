//! krgate links what security scanners find to the key results a team promised.
//!
//! The rooms, in the order in which a datum passes them: [`ingest`] reads reports into a
//! [`model::Intake`], [`scope`] marks each finding in or out, [`measure`] measures each key
//! result of the [`policy`], [`decide`] comes to an [`decide::Evaluation`], and [`render`]
//! writes it; [`publish`] shows on GitHub what was written, and [`record`] keeps what was
//! decided. `ARCHITECTURE.md` has the plan of the house.

pub mod ci;
pub mod cli;
pub mod decide;
pub mod diagnostic;
pub mod doctor;
pub mod ingest;
pub mod lint;
pub mod measure;
pub mod model;
pub mod policy;
pub mod publish;
pub mod record;
pub mod render;
pub mod scope;
