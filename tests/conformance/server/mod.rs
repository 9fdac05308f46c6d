//! Checks of a server, by section of the page.

pub mod lesson;

use crate::check::Check;

/// All of them.
pub const CHECKS: [&[Check]; 0] = [];
