//! The terminal: what it must be able to do, taking it over and giving it back, signals, keys, and frames written at once.

pub mod capabilities;
pub mod guard;
pub mod keys;
pub mod screen;
pub mod signals;

pub use capabilities::Unfit;
pub use guard::Guard;
pub use screen::Screen;
pub use signals::Signal;
