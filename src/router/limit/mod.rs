//! Our own limits: attempts and tokens a minute at one provider, calls in flight, retries in all. They protect providers and
//! the purse; reaching one is never a provider's failure.

mod line;
mod rate;
mod retries;
mod tokens;

pub use line::{Gate, Place};
pub use rate::RateLimit;
pub use retries::RetryBudget;
pub use tokens::TokenLimit;
