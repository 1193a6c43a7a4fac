//! The HTTP side: paths to replies, replies to responses.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono_tz::Tz;
use futures_util::{Stream, stream};

use super::calls::{CallEnd, Calls, Running};
use super::connection::Switch;
use super::models;
use super::pace::{Delays, Pace};
use super::plan::{BodyKind, Step};
use super::reply::{self, Act, Reply};
use super::request::ChatCall;
use crate::clock::{Clock, Zone};

/// Largest request taken: conversations with images fit.
const LARGEST_REQUEST: usize = 32 << 20;

/// How far the clock of a provider that names dates is behind: only those who compare them with its Date header read them right.
const SLOW_CLOCK: Duration = Duration::from_secs(600);

/// Farthest date named, in seconds.
const LONGEST_DATE: u64 = 10 * 366 * 86_400;

const NO_SUCH_PROVIDER: &str = "There is no such provider here.";

#[derive(Clone)]
struct Service {
    calls: Arc<Calls>,
    pace: Pace,
    seed: u64,
}

/// Every path of the simulator.
pub(super) fn app(calls: Arc<Calls>, pace: Pace, seed: u64) -> Router {
    Router::new()
        .route("/{provider}/v1/chat/completions", post(chat))
        .route("/{provider}/v1/models", get(list_models))
        .fallback(|| async { refuse(404, "not_found", "There is nothing here: ask /llama/v1 or /qwen/v1.") })
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .with_state(Service { calls, pace, seed })
}

async fn chat(
    State(service): State<Service>,
    Path(provider): Path<String>,
    ConnectInfo(connection): ConnectInfo<Switch>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut call: ChatCall = match serde_json::from_slice(&body) {
        Ok(call) => call,
        Err(error) => return refuse(400, "invalid_request_error", &error.to_string()),
    };
    key(&headers).clone_into(&mut call.key);
    let Some((running, step)) = service.calls.begin(&provider, &call) else {
        return refuse(404, "not_found", NO_SUCH_PROVIDER);
    };
    let mut delays = Delays::new(service.pace, service.seed, running.number());
    let reply = Reply::to(&call, &provider, step.as_ref().map(|step| &step.fault), &mut delays);
    respond(reply, step.as_ref(), Some(running), connection).await
}

/// What the caller presents as its key.
fn key(headers: &HeaderMap) -> &str {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or("no key")
}

/// Sends the reply. `running` is the call it answers, when it is one that is counted.
async fn respond(reply: Reply, step: Option<&Step>, mut running: Option<Running>, connection: Switch) -> Response {
    let (wait, status, headers, acts) = match reply {
        Reply::Response { wait, status, headers, acts } => (wait, status, headers, acts),
        Reply::Silence => std::future::pending().await,
        Reply::Close | Reply::Reset => {
            if let Some(running) = &mut running {
                running.end(CallEnd::Broken);
            }
            if reply == Reply::Reset {
                connection.reset();
            } else {
                connection.close();
            }
            std::future::pending().await
        }
    };
    tokio::time::sleep(wait).await;
    if let Some(running) = &running {
        running.status(status);
    }
    let mut response = Body::from_stream(perform(acts, running, connection)).into_response();
    *response.status_mut() = status_code(status);
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value));
    add_headers(response.headers_mut(), headers.chain(step.into_iter().flat_map(planned_headers)));
    response
}

/// Adds headers; those of a plan were checked when it was read, others come from tests.
fn add_headers(headers: &mut HeaderMap, more: impl Iterator<Item = (String, String)>) {
    for (name, value) in more {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
}

/// The headers a step asks for.
fn planned_headers(step: &Step) -> Vec<(String, String)> {
    let mut headers = step.headers.clone();
    if let Some(seconds) = step.retry_after_date {
        let now = SystemTime::from(Clock::system(Zone::Named(Tz::UTC)).now());
        let date = now.checked_sub(SLOW_CLOCK).unwrap_or(SystemTime::UNIX_EPOCH);
        let until = date.checked_add(Duration::from_secs(seconds.min(LONGEST_DATE))).unwrap_or(date);
        let named = [("date", date), ("retry-after", until)];
        headers.extend(named.map(|(name, time)| (name.to_owned(), httpdate::fmt_http_date(time))));
    }
    headers
}

/// Performs the acts as a body. Dropped before the last one, the call counts as abandoned.
fn perform(acts: Vec<Act>, running: Option<Running>, connection: Switch) -> impl Stream<Item = io::Result<Bytes>> {
    let acts = VecDeque::from(acts);
    stream::unfold((acts, running, connection), |(mut acts, mut running, connection)| async move {
        loop {
            let Some(act) = acts.pop_front() else {
                end(&mut running, CallEnd::Sent);
                return None;
            };
            match act {
                Act::Wait(delay) if delay.is_zero() => {}
                Act::Wait(delay) => tokio::time::sleep(delay).await,
                Act::Send(bytes, tokens) => {
                    if let Some(running) = &mut running {
                        running.tokens(tokens);
                    }
                    if acts.is_empty() {
                        end(&mut running, CallEnd::Sent);
                    }
                    return Some((Ok(bytes), (acts, running, connection)));
                }
                Act::Again(again) => {
                    // What was sent before leaves: without a pause nothing else would, and no other task would have its turn.
                    tokio::task::yield_now().await;
                    acts.extend(again.iter().cloned());
                    acts.push_back(Act::Again(again));
                }
                Act::Break => {
                    end(&mut running, CallEnd::Broken);
                    // What was sent before leaves while this waits; an error at once would take it along.
                    tokio::task::yield_now().await;
                    return Some((Err(io::ErrorKind::ConnectionAborted.into()), (acts, running, connection)));
                }
                Act::Reset => {
                    end(&mut running, CallEnd::Broken);
                    tokio::task::yield_now().await;
                    connection.reset();
                    std::future::pending::<()>().await;
                }
                Act::Hang => std::future::pending::<()>().await,
            }
        }
    })
}

fn end(running: &mut Option<Running>, end: CallEnd) {
    if let Some(running) = running {
        running.end(end);
    }
}

async fn list_models(
    State(service): State<Service>,
    Path(provider): Path<String>,
    ConnectInfo(connection): ConnectInfo<Switch>,
    headers: HeaderMap,
) -> Response {
    let Some(step) = service.calls.list(&provider) else {
        return refuse(404, "not_found", NO_SUCH_PROVIDER);
    };
    let reply = step.as_ref().and_then(|step| Reply::instead(&step.fault, key(&headers)));
    let reply = reply.unwrap_or_else(|| {
        let list = models::list(&provider, |model| !service.calls.lacks(&provider, model));
        Reply::at_once(200, reply::JSON, list)
    });
    respond(reply, step.as_ref(), None, connection).await
}

fn refuse(status: u16, code: &str, message: &str) -> Response {
    let body = reply::error_body(BodyKind::Json, status, Some(code), Some(message), "");
    (status_code(status), [(header::CONTENT_TYPE, reply::JSON)], body).into_response()
}

/// The status as HTTP's type; a plan's statuses were checked when it was read.
fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
