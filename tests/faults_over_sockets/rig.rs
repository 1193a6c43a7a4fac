//! A router over real sockets, and the providers at their other ends.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::time::timeout;
use vita::clock::{Clock, Zone};
use vita::config::{Layers, Settings, load};
use vita::provider::Provider;
use vita::provider::http::{HttpProvider, HttpSettings};
use vita::router::{Endpoint, MemoryLedger, Parts, RouteStatus, Router, StatusSnapshot, Timings, Unavailable};
use vita::simulator::{CallRecord, Options, Pace, Simulator};

use super::*;

/// The keys that both providers are given; nobody may ever read them anywhere.
const KEYS: [(&str, &str); 2] = [("llama", "LLM|1|test-key"), ("qwen", "sk-test-key")];

/// What stands in web pages, and must not reach the screen.
const MARKUP: [&str; 3] = ["<html", "<!DOCTYPE", "Please sign in"];

/// What a rig is made of; everything not named is the ordinary case.
pub struct Build {
    values: Vec<(&'static str, &'static str)>,
    timings: fn(&mut Timings),
    /// Base URLs in place of the simulator's.
    places: Vec<(&'static str, String)>,
    without: Option<&'static str>,
    continues: bool,
    probing: bool,
}

impl Default for Build {
    fn default() -> Self {
        Self { values: Vec::new(), timings: |_| {}, places: Vec::new(), without: None, continues: true, probing: false }
    }
}

impl Build {
    /// With these settings.
    pub fn set(self, values: &[(&'static str, &'static str)]) -> Self {
        Self { values: values.to_vec(), ..self }
    }

    /// With other waits.
    pub fn timed(self, timings: fn(&mut Timings)) -> Self {
        Self { timings, ..self }
    }

    /// With a provider at another address.
    pub fn at(mut self, provider: &'static str, base_url: impl Into<String>) -> Self {
        self.places.push((provider, base_url.into()));
        self
    }

    /// With one provider only.
    pub fn without(self, provider: &'static str) -> Self {
        Self { without: Some(provider), ..self }
    }

    /// With a backup that can't go on with another one's words.
    pub fn without_continuing(self) -> Self {
        Self { continues: false, ..self }
    }

    /// With health checks.
    pub fn probing(self) -> Self {
        Self { probing: true, ..self }
    }

    pub async fn rig(self) -> Rig {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = Options { pace: Pace::INSTANT, ..Options::default() };
        let simulator = Simulator::start(anywhere, options).await.expect("a simulator");
        let settings = settings(&self.values);
        let mut timings = shrunk(&settings);
        (self.timings)(&mut timings);
        let parts = Parts {
            endpoints: settings.providers.iter().map(|provider| self.endpoint(provider, &simulator)).collect(),
            timings,
            ledger: Arc::new(MemoryLedger::default()),
            clock: Clock::system(Zone::Named(chrono_tz::UTC)),
            simulated: true,
            probing: self.probing,
            seed: 7,
        };
        let router = Router::start(&settings, parts).await.expect("a router");
        Rig { router, simulator }
    }

    fn endpoint(&self, provider: &vita::config::ProviderSettings, simulator: &Simulator) -> Endpoint {
        let name = provider.name.as_str();
        let place = self.places.iter().find(|(known, _)| *known == name).map(|(_, place)| place.clone());
        let key = KEYS.iter().find(|(known, _)| *known == name).map(|(_, key)| (*key).into());
        let http = HttpSettings {
            key,
            connect_timeout: ms(500),
            ..HttpSettings::new(place.unwrap_or_else(|| simulator.base_url(name)))
        };
        let reach = || Arc::new(HttpProvider::new(http).expect("a provider")) as Arc<dyn Provider>;
        let mut facts = provider.facts.clone();
        facts.values_mut().for_each(|facts| facts.continues &= self.continues);
        Endpoint {
            name: name.to_owned(),
            fingerprint: String::new(),
            provider: (self.without != Some(name)).then(reach),
            models: provider.models.clone(),
            prices: provider.prices,
            facts,
            tokens_per_minute: None,
        }
    }
}

fn settings(values: &[(&str, &str)]) -> Settings {
    let ours = [("VITA_HOME", "/nonexistent/vita"), ("RATE_LIMIT_PER_MINUTE", "0")];
    let environment: BTreeMap<String, String> =
        ours.iter().chain(values).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(Layers { environment, ..Layers::default() }).expect("settings").settings
}

/// Waits that no test needs to last are long, so that a busy machine changes nothing; the pauses that every call may meet are short.
fn shrunk(settings: &Settings) -> Timings {
    Timings {
        request: ms(12_000),
        first_token: Some(ms(5_000)),
        idle: ms(5_000),
        total: ms(12_000),
        slow: ms(6_000),
        rescue: ms(100),
        retry_base: ms(10),
        ..Timings::of(settings)
    }
}

/// Makes a wait for a first token so short that a test can see it pass.
pub fn impatient_for_a_beginning(timings: &mut Timings) {
    timings.first_token = Some(ms(300));
}

/// Makes a wait in the middle of an answer so short that a test can see it pass.
pub fn impatient_in_the_middle(timings: &mut Timings) {
    timings.idle = ms(300);
}

/// A router, and the simulator that stands for the providers.
pub struct Rig {
    pub router: Router,
    pub simulator: Simulator,
}

impl Rig {
    /// The ordinary one.
    pub async fn new() -> Self {
        Build::default().rig().await
    }

    /// The ordinary one, with a provider that always fails like this.
    pub async fn failing(provider: &'static str, fault: Fault) -> Self {
        let rig = Self::new().await;
        rig.fault(provider, fault);
        rig
    }

    /// From now on every call to a provider fails like this.
    pub fn fault(&self, provider: &str, fault: Fault) {
        self.plan(provider, [Step::always(provider, fault)]);
    }

    /// The next call to a provider fails like this, and later ones don't.
    pub fn fault_once(&self, provider: &str, fault: Fault) {
        self.plan(provider, [Step::always(provider, fault).times(1)]);
    }

    pub fn plan(&self, provider: &str, steps: impl IntoIterator<Item = Step>) {
        self.simulator.set_plan(provider, steps.into_iter().collect());
    }

    /// Sends a call and listens up to its end. What must hold for every call is checked here.
    pub async fn hear(&self, call: Call) -> Heard {
        let heard = timeout(SOON, Heard::of(self.router.send(call))).await.expect("an end in time");
        self.check(&heard);
        heard
    }

    /// Holds for every call: the answer is what was shown, it is whole only if its provider said so, nobody was asked too often,
    /// and neither a key nor a web page is to be seen.
    fn check(&self, heard: &Heard) {
        let (shown, last) = (heard.screen.as_str(), heard.attempts().last());
        match &heard.end {
            Ok(answer) => {
                assert_eq!(answer.text, shown, "the answer is what was shown");
                assert!(!shown.is_empty(), "an answer has words");
                let whole = last.filter(|last| last.outcome == Outcome::Ok).map(|last| last.provider.as_str());
                assert_eq!(answer.complete.then_some(answer.provider.as_str()), whole, "{heard:#?}");
            }
            Err(error) => {
                assert_eq!(shown, "", "nothing is shown and then taken back");
                assert!(!error.message.is_empty() && error.message.chars().count() < 500, "{error:?}");
            }
        }
        assert!(heard.attempts().len() <= 4, "{heard:#?}");
        let snapshot = self.router.snapshot();
        assert_eq!((snapshot.in_flight, snapshot.queued), (0, 0), "a call that has ended holds no place");
        let seen = format!("{heard:?} {snapshot:?}");
        assert!(!seen.contains("test-key"), "{seen}");
        assert!(!MARKUP.iter().any(|markup| seen.contains(markup)), "{seen}");
    }

    /// The calls that a provider has received, health checks aside.
    pub fn received(&self, provider: &str) -> Vec<CallRecord> {
        self.simulator.calls(provider).into_iter().filter(|call| !call.probe).collect()
    }

    /// How many calls each of both has received, health checks aside.
    pub fn counts(&self) -> (usize, usize) {
        (self.received("llama").len(), self.received("qwen").len())
    }

    /// What is known of a provider's chat model.
    pub fn chat(&self, provider: &str) -> RouteStatus {
        let snapshot = self.router.snapshot();
        let routes = &snapshot.provider(provider).expect("a provider").routes;
        routes.iter().find(|route| route.tasks.contains(&Task::Chat)).expect("a chat model").clone()
    }

    pub fn breaker(&self, provider: &str) -> BreakerState {
        self.chat(provider).breaker
    }

    /// Whether a model is given no calls.
    pub fn is_open(&self, model: &str) -> bool {
        let snapshot = self.router.snapshot();
        let mut routes = snapshot.providers.iter().flat_map(|provider| &provider.routes);
        routes.any(|route| route.model == model && route.breaker == BreakerState::Open)
    }

    /// Why a provider's chat model is left alone, and for how many seconds from now.
    pub fn left_alone(&self, provider: &str) -> Option<(Outcome, f64)> {
        let Unavailable { until, reason } = self.chat(provider).unavailable?;
        Some((reason, (until - self.router.snapshot().at).as_seconds_f64()))
    }

    pub fn primary(&self) -> String {
        self.router.snapshot().primary.clone()
    }

    /// The log of switches, oldest first.
    pub fn switches(&self) -> Vec<String> {
        let line = |entry: &vita::store::SwitchEntry| {
            format!("{} to {}: {}, {}", entry.from, entry.to, entry.kind.as_str(), entry.trigger)
        };
        self.router.snapshot().switches.iter().rev().map(line).collect()
    }

    /// Nothing that was seen counts against a provider: it is primary as before, and takes calls.
    #[track_caller]
    pub fn thinks_well_of(&self, provider: &str) {
        let state = (self.breaker(provider), self.left_alone(provider), self.primary(), self.switches().len());
        assert_eq!(state, (BreakerState::Closed, None, "llama".to_owned(), 0));
    }

    /// Waits for a fact.
    pub async fn until(&self, fact: impl Fn(&StatusSnapshot) -> bool) -> Arc<StatusSnapshot> {
        let mut watch = self.router.watch();
        match timeout(SOON, watch.wait_for(|snapshot| fact(snapshot))).await {
            Ok(seen) => seen.expect("a router").clone(),
            Err(_) => panic!("the fact did not come: {:#?}", self.router.snapshot()),
        }
    }
}
