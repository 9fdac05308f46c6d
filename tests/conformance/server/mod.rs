//! Checks of a server, by section of the page.

pub mod lesson;
mod lines;

use crate::check::Check;

/// All of them.
pub const CHECKS: [&[Check]; 1] = [lines::CHECKS];
