//! Checks of a server, by section of the page.

pub mod lesson;
mod lines;
mod programs;

use crate::check::Check;

/// All of them.
pub const CHECKS: [&[Check]; 2] = [lines::CHECKS, programs::CHECKS];
