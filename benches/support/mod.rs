//! What several benches need.

#![allow(dead_code, reason = "each bench needs a part")]

pub mod crashes;
pub mod load;
pub mod program;
pub mod visits;
