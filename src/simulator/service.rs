//! The HTTP side: paths to replies, replies to responses.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::{Stream, stream};

use super::calls::{CallEnd, Calls, Running};
use super::connection::Switch;
use super::models;
use super::pace::{Delays, Pace};
use super::plan::{BodyKind, is_provider_name};
use super::reply::{self, Act, Reply};
use super::request::ChatCall;

/// Largest request taken: conversations with images fit.
const LARGEST_REQUEST: usize = 32 << 20;

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
    let call: ChatCall = match serde_json::from_slice(&body) {
        Ok(call) => call,
        Err(error) => return refuse(400, "invalid_request_error", &error.to_string()),
    };
    let known = is_provider_name(&provider).then(|| service.calls.begin(&provider, &call));
    let Some((running, fault)) = known.flatten() else {
        return refuse(404, "not_found", NO_SUCH_PROVIDER);
    };
    let mut delays = Delays::new(service.pace, service.seed, running.number());
    let reply = Reply::to(&call, &provider, key(&headers), fault.as_ref(), &mut delays);
    respond(reply, Some(running), connection).await
}

/// What the caller presents as its key.
fn key(headers: &HeaderMap) -> &str {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or("no key")
}

/// Sends the reply. `running` is the call it answers, when it is one that is counted.
async fn respond(reply: Reply, mut running: Option<Running>, connection: Switch) -> Response {
    let (wait, status, content_type, retry_after, acts) = match reply {
        Reply::Response { wait, status, content_type, retry_after, acts } => {
            (wait, status, content_type, retry_after, acts)
        }
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
    let mut response = Body::from_stream(perform(acts, running)).into_response();
    *response.status_mut() = status_code(status);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(value) = retry_after.and_then(|value| value.parse().ok()) {
        headers.insert(header::RETRY_AFTER, value);
    }
    response
}

/// Performs the acts as a body. Dropped before the last one, the call counts as abandoned.
fn perform(acts: Vec<Act>, running: Option<Running>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold((acts.into_iter(), running), |(mut acts, mut running)| async move {
        loop {
            match acts.next()? {
                Act::Wait(delay) if delay.is_zero() => {}
                Act::Wait(delay) => tokio::time::sleep(delay).await,
                Act::Send(text, tokens) => {
                    if let Some(running) = &mut running {
                        running.tokens(tokens);
                        if acts.len() == 0 {
                            running.end(CallEnd::Sent);
                        }
                    }
                    return Some((Ok(Bytes::from(text)), (acts, running)));
                }
                Act::Break => {
                    if let Some(running) = &mut running {
                        running.end(CallEnd::Broken);
                    }
                    // What was sent before leaves while this waits; an error at once would take it along.
                    tokio::task::yield_now().await;
                    return Some((Err(io::ErrorKind::ConnectionAborted.into()), (acts, running)));
                }
                Act::Hang => std::future::pending::<()>().await,
            }
        }
    })
}

async fn list_models(
    State(service): State<Service>,
    Path(provider): Path<String>,
    ConnectInfo(connection): ConnectInfo<Switch>,
    headers: HeaderMap,
) -> Response {
    let known = is_provider_name(&provider).then(|| service.calls.list(&provider));
    let Some(fault) = known.flatten() else {
        return refuse(404, "not_found", NO_SUCH_PROVIDER);
    };
    let fault = fault.and_then(|fault| Reply::instead(&fault, key(&headers)));
    let reply = fault.unwrap_or_else(|| Reply::at_once(200, reply::JSON, None, models::list(&provider)));
    respond(reply, None, connection).await
}

fn refuse(status: u16, code: &str, message: &str) -> Response {
    let body = reply::error_body(BodyKind::Json, status, Some(code), Some(message), "");
    (status_code(status), [(header::CONTENT_TYPE, reply::JSON)], body).into_response()
}

/// The status as HTTP's type; a plan's statuses were checked when it was read.
fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
