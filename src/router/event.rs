//! Moments in the router's life, for every face that listens. The truth is the snapshot; a listener that lags loses nothing else.

use super::breaker::BreakerState;
use crate::store::SwitchEntry;
use crate::wire::Outcome;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum RouterEvent {
    /// An attempt ended (a probe when `probe`).
    AttemptEnded {
        /// Name of the provider.
        provider: String,
        /// Id of the model.
        model: String,
        /// How it ended.
        outcome: Outcome,
        /// Whether it was a health check of our own.
        probe: bool,
    },
    /// A request left a provider for another one; the primary stays.
    FailedOver {
        /// The provider that failed.
        from: String,
        /// The provider tried next.
        to: String,
        /// Why.
        outcome: Outcome,
    },
    /// A circuit breaker changed its state.
    BreakerChanged {
        /// Name of the provider.
        provider: String,
        /// Id of the model.
        model: String,
        /// Its new state.
        state: BreakerState,
    },
    /// The primary changed.
    Switched(SwitchEntry),
    /// No first token for longer than the warning time.
    Slow {
        /// Name of the provider.
        provider: String,
        /// Id of the model.
        model: String,
    },
}
