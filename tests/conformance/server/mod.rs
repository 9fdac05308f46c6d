//! Checks of a server, by section of the page.

pub mod lesson;
mod lines;
mod names;
mod programs;
mod rooms;

use crate::check::Check;

/// All of them.
pub const CHECKS: [&[Check]; 4] = [lines::CHECKS, programs::CHECKS, rooms::CHECKS, names::CHECKS];
