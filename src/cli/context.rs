//! What commands share: flags, settings, and a backend that is closed properly however the command ends.

use rust_i18n::t;

use super::arguments::Common;
use super::exit::Failure;
use super::output::Output;
use super::signals;
use crate::backend::{Backend, Lifetime};
use crate::config::{self, Layers, Loaded, Settings};
use crate::log;

/// What a command is run with.
pub(super) struct Context {
    pub common: Common,
    pub output: Output,
}

impl Context {
    pub fn new(common: Common) -> Self {
        let output = Output { quiet: common.quiet };
        Self { common, output }
    }

    /// The sources of settings, but for the configuration file.
    ///
    /// # Errors
    /// When `.env` can't be read.
    pub fn layers(&self) -> Result<Layers, Failure> {
        Ok(Layers::read(self.common.flags())?)
    }

    /// The settings.
    ///
    /// # Errors
    /// When one is bad; all of them are named.
    pub fn load(&self) -> Result<Loaded, Failure> {
        Ok(config::load(self.layers()?)?)
    }

    /// Opens the backend, works with it until the work ends or a signal comes, and closes it: a call under way is cancelled and
    /// booked as such, and every record is in the store when this returns.
    ///
    /// # Errors
    /// When the backend can't be opened, the work fails, or a signal came.
    pub async fn with_backend(
        &self,
        settings: Settings,
        work: impl AsyncFnOnce(&Backend) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let work = async |backend: &Backend| {
            tokio::select! {
                biased;
                exit = signals::received() => Err(Failure::silent(exit)),
                ended = work(backend) => ended,
            }
        };
        self.with_backend_to_the_end(settings, work).await
    }

    /// As [`Self::with_backend`], but the work itself sees to signals, and ends soon after one.
    ///
    /// # Errors
    /// When the backend can't be opened, or the work fails.
    pub async fn with_backend_to_the_end(
        &self,
        settings: Settings,
        work: impl AsyncFnOnce(&Backend) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if let Err(error) = log::start(&settings.places) {
            Output::say(&t!("cli.no_log", locale = settings.language.code(), error = error));
        }
        let backend = Backend::open(settings, Lifetime::OneShot).await?;
        if backend.demo.is_some() {
            self.output.notice(&t!("cli.demo", locale = backend.settings.language.code()));
        }
        let ended = work(&backend).await;
        backend.close().await;
        ended
    }
}
