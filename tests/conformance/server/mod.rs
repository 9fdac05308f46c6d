//! Checks of a server, by section of the page.

pub mod lesson;
mod delivery;
mod limits;
mod lines;
mod names;
mod passwords;
mod programs;
mod rooms;

use crate::check::Check;

/// All of them.
pub const CHECKS: [&[Check]; 7] = [
    lines::CHECKS,
    programs::CHECKS,
    rooms::CHECKS,
    names::CHECKS,
    passwords::CHECKS,
    delivery::CHECKS,
    limits::CHECKS,
];
