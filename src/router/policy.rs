//! Which routes may serve a call, and in which order. Pure; each step gives a reason that the caller can read.

use super::call::Call;
use super::table::{EndpointId, RouteId, Table};
use crate::config::Task;
use crate::wire::Outcome;

/// A route that may serve a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub route: RouteId,
    /// The model to ask for; another than the route's own when the call names one.
    pub model: String,
    /// Why it stands where it stands.
    pub why: String,
    /// A lighter model than the task's: nobody's patience is cut short for it.
    pub is_lighter: bool,
}

/// What the order depends on beside the call.
pub struct Preference<'a> {
    /// The provider tried first.
    pub primary: &'a str,
    /// A recovering provider whose trial this call is to be.
    pub on_trial: Option<EndpointId>,
    /// May another provider than the first answer?
    pub use_fallback: bool,
    /// Tokens of the conversation and of the longest answer, as estimated.
    pub tokens: u64,
    /// Routes whose model the provider is known not to have.
    pub gone: &'a [RouteId],
}

/// Why no route can serve a call at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoCandidate {
    pub kind: Outcome,
    pub message: String,
}

/// The routes for a call, best first.
pub fn candidates(table: &Table, call: &Call, preference: &Preference) -> Result<Vec<Candidate>, NoCandidate> {
    let first = pinned(table, call)?;
    let mut order: Vec<EndpointId> = Vec::new();
    let by_preference =
        [first, preference.on_trial.filter(|_| first.is_none()), table.endpoint_named(preference.primary)];
    for endpoint in by_preference.into_iter().flatten().chain(0..table.endpoints.len()) {
        if table.is_configured(endpoint) && !order.contains(&endpoint) {
            order.push(endpoint);
        }
    }
    let mut found: Vec<Candidate> = Vec::new();
    for endpoint in &order {
        let is_first = found.is_empty();
        if let Some(route) = route(table, *endpoint, call, is_first) {
            let model = call.model.clone().filter(|_| is_first).unwrap_or_else(|| table.routes[route].model.clone());
            let why = why(table, *endpoint, call, preference, is_first);
            found.push(Candidate { route, model, why, is_lighter: false });
        }
    }
    if !preference.use_fallback {
        found.truncate(1);
    }
    let providers = endpoints(table, &found);
    for gone in preference.gone.iter().filter(|gone| providers.contains(&table.routes[**gone].endpoint)) {
        let siblings = siblings(table, call, *gone, &found);
        found.extend(siblings);
    }
    add_lighter_model(table, call, &mut found);
    let too_long = found.first().is_some_and(|first| !fits(table, first, preference.tokens));
    if too_long && call.model.is_none() {
        let longer = longer(table, call, preference.tokens, &found);
        found.extend(longer);
        found.sort_by_key(|candidate| !fits(table, candidate, preference.tokens));
    }
    if found.is_empty() { Err(none(table, call, &order)) } else { Ok(found) }
}

/// Whether a conversation of so many tokens fits; it is tried where nothing is known.
fn fits(table: &Table, candidate: &Candidate, tokens: u64) -> bool {
    table.facts(candidate.route).and_then(|facts| facts.context).is_none_or(|context| tokens <= u64::from(context))
}

/// The providers' models for long conversations, where they hold so many tokens as far as is known.
pub fn longer(table: &Table, call: &Call, tokens: u64, found: &[Candidate]) -> Vec<Candidate> {
    let routes = endpoints(table, found).into_iter().filter_map(|endpoint| table.route_for(endpoint, Task::Long));
    let candidates = routes.map(|route| {
        let why = format!("{} holds longer conversations", table.routes[route].model);
        Candidate { route, model: table.routes[route].model.clone(), why, is_lighter: false }
    });
    let is_new = |candidate: &Candidate| found.iter().all(|known| known.route != candidate.route);
    let is_text = is_text(call.task);
    candidates.filter(|candidate| is_text && is_new(candidate) && fits(table, candidate, tokens)).collect()
}

/// Other text models of a provider that lacks the one asked for.
pub fn siblings(table: &Table, call: &Call, gone: RouteId, found: &[Candidate]) -> Vec<Candidate> {
    let endpoint = table.routes[gone].endpoint;
    let mut siblings: Vec<Candidate> = Vec::new();
    for task in [Task::Chat, Task::Fallback].into_iter().filter(|_| is_text(call.task)) {
        let Some(route) = table.route_for(endpoint, task) else { continue };
        if route != gone && found.iter().chain(&siblings).all(|candidate| candidate.route != route) {
            let why = format!("{} in place of {}", table.routes[route].model, table.routes[gone].model);
            siblings.push(Candidate { route, model: table.routes[route].model.clone(), why, is_lighter: true });
        }
    }
    siblings
}

/// The providers of these candidates, each once.
fn endpoints(table: &Table, found: &[Candidate]) -> Vec<EndpointId> {
    let mut endpoints: Vec<EndpointId> = Vec::new();
    for candidate in found {
        let endpoint = table.routes[candidate.route].endpoint;
        if !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    }
    endpoints
}

/// Whether any text model can do it somehow.
fn is_text(task: Task) -> bool {
    !matches!(task, Task::Audio | Task::Vision)
}

fn pinned(table: &Table, call: &Call) -> Result<Option<EndpointId>, NoCandidate> {
    let Some(name) = &call.provider else { return Ok(None) };
    let known = || table.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect::<Vec<_>>().join(", ");
    let Some(endpoint) = table.endpoint_named(name) else {
        let message = format!("there is no provider {name:?}; known are: {}", known());
        return Err(NoCandidate { kind: Outcome::NotConfigured, message });
    };
    if !table.is_configured(endpoint) {
        let message = format!("{name} is not configured: set its key (see `vita config show`)");
        return Err(NoCandidate { kind: Outcome::NotConfigured, message });
    }
    Ok(Some(endpoint))
}

/// The provider's route for the call: that of the task, or for a named model any route of the first provider.
fn route(table: &Table, endpoint: EndpointId, call: &Call, is_first: bool) -> Option<RouteId> {
    let Some(model) = call.model.as_ref().filter(|_| is_first) else {
        return table.route_for(endpoint, call.task);
    };
    table
        .routes_of(endpoint)
        .find(|route| table.routes[*route].model == *model)
        .or_else(|| table.route_for(endpoint, call.task))
        .or_else(|| table.leading_route(endpoint))
}

fn why(table: &Table, endpoint: EndpointId, call: &Call, preference: &Preference, is_first: bool) -> String {
    let name = &table.endpoints[endpoint].name;
    if call.provider.as_ref() == Some(name) {
        format!("{name} asked for")
    } else if preference.on_trial == Some(endpoint) && is_first {
        format!("trial of {name}, which may be back")
    } else if name == preference.primary {
        format!("{name} is primary")
    } else if is_first {
        format!("{} has no model for {}, so {name}", preference.primary, call.task)
    } else {
        format!("{name} stands by")
    }
}

/// The first provider's light model, as the last resort of text tasks.
fn add_lighter_model(table: &Table, call: &Call, found: &mut Vec<Candidate>) {
    let takes_any_model = is_text(call.task) && call.task != Task::Long && call.model.is_none();
    let Some(first) = found.first().filter(|_| takes_any_model) else {
        return;
    };
    let endpoint = table.routes[first.route].endpoint;
    if let Some(route) = table.route_for(endpoint, Task::Fallback)
        && found.iter().all(|candidate| candidate.route != route)
    {
        let why = format!("lighter model of {} as the last resort", table.endpoints[endpoint].name);
        found.push(Candidate { route, model: table.routes[route].model.clone(), why, is_lighter: true });
    }
}

fn none(table: &Table, call: &Call, order: &[EndpointId]) -> NoCandidate {
    let message = if order.is_empty() {
        "no provider is configured: set LLAMA_API_KEY or QWEN_API_KEY (see `vita config show`)".to_owned()
    } else {
        let names = order.iter().map(|id| table.endpoints[*id].name.as_str()).collect::<Vec<_>>().join(", ");
        format!("none of the configured providers ({names}) has a model for {}", call.task)
    };
    NoCandidate { kind: Outcome::NotConfigured, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::table::Endpoint;
    use crate::router::testing::Script;
    use std::sync::Arc;

    fn endpoint(name: &str, configured: bool, models: &[(Task, &str)]) -> Endpoint {
        Endpoint {
            name: name.into(),
            fingerprint: String::new(),
            provider: configured.then(|| Arc::new(Script::default()) as _),
            models: models.iter().map(|(task, model)| (*task, (*model).into())).collect(),
            prices: Default::default(),
            facts: Default::default(),
            tokens_per_minute: None,
        }
    }

    fn table(qwen: bool) -> Table {
        Table::new(vec![
            endpoint("llama", true, &[(Task::Chat, "70B"), (Task::Interview, "70B"), (Task::Fallback, "8B")]),
            endpoint("qwen", qwen, &[(Task::Chat, "plus"), (Task::Audio, "audio"), (Task::Fallback, "turbo")]),
        ])
    }

    fn order(table: &Table, call: &Call, use_fallback: bool) -> Result<Vec<String>, Outcome> {
        let preference = Preference { primary: "llama", on_trial: None, use_fallback, tokens: 100, gone: &[] };
        let found = candidates(table, call, &preference).map_err(|none| none.kind)?;
        Ok(found
            .into_iter()
            .map(|candidate| format!("{}/{}", table.name_of(candidate.route), candidate.model))
            .collect())
    }

    #[test]
    fn the_primary_comes_first_the_backup_next_and_a_lighter_model_last() {
        let found = order(&table(true), &Call::new(Task::Chat, vec![]), true);
        assert_eq!(found, Ok(vec!["llama/70B".into(), "qwen/plus".into(), "llama/8B".into()]));
    }

    #[test]
    fn without_fallback_only_the_primary_serves() {
        let found = order(&table(true), &Call::new(Task::Chat, vec![]), false);
        assert_eq!(found, Ok(vec!["llama/70B".into(), "llama/8B".into()]));
    }

    #[test]
    fn a_task_the_primary_lacks_goes_to_the_provider_that_has_it() {
        assert_eq!(order(&table(true), &Call::new(Task::Audio, vec![]), false), Ok(vec!["qwen/audio".into()]));
    }

    #[test]
    fn a_pin_comes_before_the_primary_and_a_pin_without_a_key_is_an_error() {
        let call = Call { provider: Some("qwen".into()), ..Call::new(Task::Chat, vec![]) };
        let found = order(&table(true), &call, true);
        assert_eq!(found, Ok(vec!["qwen/plus".into(), "llama/70B".into(), "qwen/turbo".into()]));
        assert_eq!(order(&table(false), &call, true), Err(Outcome::NotConfigured));
    }

    #[test]
    fn a_named_model_is_asked_for_at_the_first_provider_and_the_backup_uses_its_own() {
        let call = Call { model: Some("special".into()), ..Call::new(Task::Chat, vec![]) };
        assert_eq!(order(&table(true), &call, true), Ok(vec!["llama/special".into(), "qwen/plus".into()]));
    }
}
