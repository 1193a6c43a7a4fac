//! The fixed part of the router: providers, their routes, and what their tokens cost.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{ModelFacts, Prices, Task};
use crate::provider::Provider;

/// A provider as the router is given it.
#[derive(Clone)]
pub struct Endpoint {
    /// Its name in the table of providers.
    pub name: String,
    /// How to reach it; `None` = not configured.
    pub provider: Option<Arc<dyn Provider>>,
    /// Tells this address and key from any other, without telling them: what was seen with others says nothing of these.
    pub fingerprint: String,
    /// The model of each task it can do.
    pub models: BTreeMap<Task, String>,
    /// What its tokens cost.
    pub prices: Prices,
    /// What is known of its models, by their id.
    pub facts: BTreeMap<String, ModelFacts>,
    /// Tokens a minute that it allows for one model; `None` = unknown, or no limit.
    pub tokens_per_minute: Option<u64>,
}

/// One model at one provider; an index into [`Table::routes`].
pub(super) type RouteId = usize;

/// Position of a provider in [`Table::endpoints`].
pub(super) type EndpointId = usize;

/// What a route is.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub endpoint: EndpointId,
    pub model: String,
    pub tasks: Vec<Task>,
}

/// Providers in the order of the settings, and every model of theirs once.
pub(super) struct Table {
    pub endpoints: Vec<Endpoint>,
    pub routes: Vec<Route>,
}

impl Table {
    pub fn new(endpoints: Vec<Endpoint>) -> Self {
        let mut routes: Vec<Route> = Vec::new();
        for (endpoint, entry) in endpoints.iter().enumerate() {
            for (task, model) in &entry.models {
                match routes.iter_mut().find(|route| route.endpoint == endpoint && route.model == *model) {
                    Some(route) => route.tasks.push(*task),
                    None => routes.push(Route { endpoint, model: model.clone(), tasks: vec![*task] }),
                }
            }
        }
        Self { endpoints, routes }
    }

    pub fn endpoint_named(&self, name: &str) -> Option<EndpointId> {
        self.endpoints.iter().position(|endpoint| endpoint.name == name)
    }

    pub fn is_configured(&self, endpoint: EndpointId) -> bool {
        self.endpoints[endpoint].provider.is_some()
    }

    /// The route of a provider for a task.
    pub fn route_for(&self, endpoint: EndpointId, task: Task) -> Option<RouteId> {
        let model = self.endpoints[endpoint].models.get(&task)?;
        self.routes.iter().position(|route| route.endpoint == endpoint && route.model == *model)
    }

    /// The route whose health stands for the provider's: that of chat, else its first.
    pub fn leading_route(&self, endpoint: EndpointId) -> Option<RouteId> {
        self.route_for(endpoint, Task::Chat).or_else(|| self.routes.iter().position(|route| route.endpoint == endpoint))
    }

    pub fn routes_of(&self, endpoint: EndpointId) -> impl Iterator<Item = RouteId> + '_ {
        (0..self.routes.len()).filter(move |id| self.routes[*id].endpoint == endpoint)
    }

    /// What is known of a route's model.
    pub fn facts(&self, route: RouteId) -> Option<&ModelFacts> {
        let Route { endpoint, model, .. } = &self.routes[route];
        self.endpoints[*endpoint].facts.get(model)
    }

    /// What a model's tokens cost: the provider's own prices where nothing is known of the model.
    pub fn prices(&self, endpoint: EndpointId, model: &str) -> Prices {
        let Endpoint { facts, prices, .. } = &self.endpoints[endpoint];
        facts.get(model).and_then(|facts| facts.prices).unwrap_or(*prices)
    }

    pub fn name_of(&self, route: RouteId) -> &str {
        &self.endpoints[self.routes[route].endpoint].name
    }
}
