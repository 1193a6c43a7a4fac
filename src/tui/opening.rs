//! Opens what stands behind the console while its first frame is already shown, and keeps it informed from then on.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use crate::app::{Event, Ready, Unfinished};
use crate::backend::{Backend, Lifetime};
use crate::config::{self, Layers, Loaded};
use crate::interview::Bank;
use crate::interviewer::Stage;
use crate::log;
use crate::router::Router;
use crate::wire::text::plain;

/// Roles the interface has names for; the form offers them whether or not the bank asks them anything technical.
const NAMED_ROLES: [&str; 8] = ["backend", "frontend", "data", "sre", "mobile", "qa", "product", "analyst"];

/// Opens the backend, puts it into `slot`, says that it is there (or why not), and passes on what the router tells.
pub(super) async fn run(flags: BTreeMap<String, String>, slot: Arc<OnceLock<Backend>>, events: mpsc::Sender<Event>) {
    let event = match open(flags).await {
        Ok((backend, ready)) => {
            tokio::spawn(statuses(backend.router.clone(), events.clone()));
            tokio::spawn(moments(backend.router.clone(), events.clone()));
            let _ = slot.set(backend);
            Event::BackendReady(Box::new(ready))
        }
        Err(error) => Event::BackendFailed(plain(&error.to_string()).into_owned()),
    };
    let _ = events.send(event).await;
}

async fn open(flags: BTreeMap<String, String>) -> Result<(Backend, Ready), Box<dyn std::error::Error + Send + Sync>> {
    let Loaded { settings, mut warnings, .. } = config::load(Layers::read(flags)?)?;
    if let Err(error) = log::start(&settings.places) {
        warnings.push(format!("there is no log file: {error}"));
    }
    let backend = Backend::open(settings, Lifetime::Long).await?;
    let unfinished = Stage::unfinished(&backend.store).await?;
    let bank = Bank::built_in();
    let technical = bank.technical_roles();
    let ready = Ready {
        language: backend.settings.language,
        status: backend.router.snapshot(),
        other_roles: NAMED_ROLES.into_iter().filter(|role| !technical.contains(role)).map(str::to_owned).collect(),
        technical_roles: technical.into_iter().map(str::to_owned).collect(),
        unfinished: unfinished.map(|head| Unfinished { id: head.id, title: plain(&head.title).into_owned() }),
        seed: rand::random(),
        zone: backend.settings.zone,
        warnings,
    };
    Ok((backend, ready))
}

/// Passes on the router's truth whenever it changed; the loop always gets the latest, however many it missed.
async fn statuses(router: Router, events: mpsc::Sender<Event>) {
    let mut statuses = router.watch();
    drop(router);
    while statuses.changed().await.is_ok() {
        let status = statuses.borrow_and_update().clone();
        if events.send(Event::StatusChanged(status)).await.is_err() {
            return;
        }
    }
}

/// Passes on the moments in the router's life. Missed ones are in the status, which follows by itself.
async fn moments(router: Router, events: mpsc::Sender<Event>) {
    let mut moments = router.events();
    drop(router);
    loop {
        match moments.recv().await {
            Ok(moment) => {
                if events.send(Event::Router(moment)).await.is_err() {
                    return;
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
