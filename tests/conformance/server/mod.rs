//! Checks of a server, by section of the page.

pub mod lesson;
mod delivery;
pub mod files;
mod limits;
mod lines;
mod names;
mod passwords;
mod programs;
mod receipts;
mod rooms;

use crate::check::Check;

/// All of them.
pub const CHECKS: [&[Check]; 9] = [
    lines::CHECKS,
    programs::CHECKS,
    rooms::CHECKS,
    names::CHECKS,
    passwords::CHECKS,
    delivery::CHECKS,
    files::CHECKS,
    receipts::CHECKS,
    limits::CHECKS,
];
