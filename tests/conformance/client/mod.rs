//! Checks of a client: the check plays the server, types at its keyboard, and looks at its screen.

pub mod stand;
mod files;
mod lines;

use crate::check::Check;

/// All of them.
pub const CHECKS: [&[Check]; 2] = [lines::CHECKS, files::CHECKS];
