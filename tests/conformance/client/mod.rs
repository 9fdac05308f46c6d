//! Checks of a client: the check plays the server, types at its keyboard, and looks at its screen.

pub mod stand;
mod lines;

use crate::check::Check;

/// All of them.
pub const CHECKS: [&[Check]; 1] = [lines::CHECKS];
