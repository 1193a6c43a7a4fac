//! `vita simulate`: the providers' wire on this machine, with faults on demand.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use rust_i18n::t;

use super::context::Context;
use super::exit::{Exit, Failure};
use super::signals;
use crate::simulator::{Options, Plan, Simulator};

mod guide;

use guide::guide;

/// Serve simulated providers on this machine, with faults on demand
#[derive(Debug, Args)]
#[command(after_long_help = guide())]
pub struct Simulate {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// What goes wrong, and when
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
}

impl Simulate {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let settings = context.load()?.settings;
        let names: Vec<_> = settings.providers.iter().map(|provider| provider.name.as_str()).collect();
        let plan = self.plan.as_deref().map(|path| read(path, &names)).transpose()?.unwrap_or_default();
        let options = Options { plan, ..Options::default() };
        let simulator = Simulator::start(self.listen, options)
            .await
            .map_err(|error| Failure::new(Exit::Failure, format!("can't listen on {}: {error}", self.listen)))?;
        names.iter().for_each(|name| simulator.serve(name));
        let lines = settings.providers.iter().map(|provider| {
            let url = simulator.base_url(&provider.name);
            format!("export {}={url}\n", provider.base_url_variable)
        });
        context.output.result(&lines.collect::<String>())?;
        context.output.notice(&t!("cli.simulate.running", locale = settings.language.code()));
        Err(Failure::silent(signals::received().await))
    }
}

/// Reads a plan for these providers.
fn read(path: &Path, providers: &[&str]) -> Result<Plan, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("the plan {} can't be read: {error}", path.display())))?;
    Plan::parse_for(&text, providers).map_err(|error| Failure::usage(format!("the plan {}: {error}", path.display())))
}
