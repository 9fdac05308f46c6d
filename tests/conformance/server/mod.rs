//! Checks of a server, by section of the page.

pub mod lesson;
mod lines;
mod programs;
mod rooms;

use crate::check::Check;

/// All of them.
pub const CHECKS: [&[Check]; 3] = [lines::CHECKS, programs::CHECKS, rooms::CHECKS];
