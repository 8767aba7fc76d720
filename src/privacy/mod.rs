//! The privacy room: the only one that sees both sides of the boundary.
//!
//! Enters: [`Raw`] values, which nobody else can open. Leaves: [`Sealed`] rows, which nobody else can make.
//! Between them: masking, scrubbing, deriving (country, visitor, pseudonym, group) and deciding.
//! The room is pure. It does no I/O, reads no clock and writes no log; time is an argument, and
//! tests/it/house_rules.rs keeps the log macros out.

mod agent;
mod analytics;
mod arrival;
mod crash;
mod door;
mod evidence;
mod geography;
mod grouping;
pub mod ip;
#[cfg(test)]
mod lists;
mod policy;
mod pseudonym;
mod raw;
mod region;
mod remembered;
mod row;
pub mod scrub;
mod sealed;
mod sender;
mod subject;
mod telemetry;
mod traffic;
mod trial;
mod url;
mod visitor;

pub use agent::{UserAgents, UserAgentsError};
pub use analytics::HitKind;
pub use arrival::{Referrers, ReferrersError};
pub use crash::{Envelope, ErrorEvent, EventId};
pub use door::{Door, Materials, Sender};
pub use geography::{Geography, GeographyError};
pub(crate) use grouping::own_frames;
pub use policy::ProjectPolicy;
pub use pseudonym::{MasterSecret, Pepper, ProjectSecret};
pub use raw::{Plain, Raw};
pub use region::Rules;
pub use sealed::{Sealed, Shape, Table};
pub use sender::{TrustedProxies, masked_sender};
pub use subject::Subject;
pub use telemetry::{Arrival, CheckIn, Telemetry};
pub use traffic::{
    Bots, BotsError, DataCenters, DataCentersError, Excluded, ReferrerSpam, ReferrerSpamError,
    Traffic,
};
pub use trial::{Trial, TrialKind};
pub use visitor::{SaltAges, Visitors};
