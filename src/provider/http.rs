//! A provider over HTTP. Nothing else in VITA touches the HTTP client.

use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, Url, redirect, retry};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{DeltaStream, Provider, ProviderFuture};
use crate::wire::model_list::read_models;
use crate::wire::{ChatRequest, Dialect, Mask, text};

mod base_url;
mod failures;
mod reading;

use base_url::{endpoint, is_loopback, parse_base, place};
use failures::{body_failure, refusal, root_cause, send_failure};
use reading::deltas;

/// Longest list of models, in bytes, decoded.
const MODEL_LIST: usize = 8 << 20;

/// The fields of a chat call that are VITA's own.
const OWN_FIELDS: [&str; 6] = ["model", "messages", "max_tokens", "temperature", "stream", "stream_options"];

/// Where a provider is and how to speak with it.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The base URL: what stands before `/chat/completions`. A trailing slash, or that very path, may follow; `/v1` is added
    /// where the path names no version and is not that of a call.
    pub base_url: String,
    /// The key, sent as a bearer token; none for services without.
    pub key: Option<SecretString>,
    /// How long name lookup, connection and TLS may take together.
    pub connect_timeout: Duration,
    /// Fields added to the body of every chat call, such as `enable_thinking` for DashScope. None of VITA's own.
    pub extra_body: Map<String, Value>,
    /// What the service speaks.
    pub dialect: Dialect,
    /// Plain http also to other hosts than loopback: the key then travels in the open.
    pub allow_plain_http: bool,
}

impl HttpSettings {
    /// Settings for a base URL: no key, five seconds to connect, nothing added.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            key: None,
            connect_timeout: Duration::from_secs(5),
            extra_body: Map::new(),
            dialect: Dialect::default(),
            allow_plain_http: false,
        }
    }
}

/// Settings a provider can't be built from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Not a URL with a host.
    #[error("the base URL is not a URL such as https://host/v1: {0}")]
    NotAUrl(String),
    /// Neither https nor http.
    #[error("the base URL must begin with https:// (or http:// for loopback), not {0}://")]
    Scheme(String),
    /// A name or password before the host.
    #[error("the base URL must not contain a user name or password; the key has its own variable")]
    Credentials,
    /// Plain http to another host.
    #[error("plain http to {0} would send the key in the open; use https")]
    PlainHttp(String),
    /// A key that no header can carry.
    #[error("the key contains characters that can't be sent, such as a line break")]
    Key,
    /// An added field that VITA sends itself.
    #[error("the extra field `{0}` is one that VITA sets itself")]
    ExtraField(String),
    /// No TLS on this machine.
    #[error("https is not possible here: {0}; install the system's CA certificates (package ca-certificates)")]
    Tls(String),
}

/// The body of a chat call: the request, and what the wire wants beside it.
#[derive(Serialize)]
struct ChatBody<'a> {
    #[serde(flatten)]
    request: &'a ChatRequest,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// A provider that is reached over HTTP.
#[derive(Clone, Debug)]
pub struct HttpProvider {
    client: Client,
    base: Url,
    authorization: Option<HeaderValue>,
    extra_body: Map<String, Value>,
    dialect: Dialect,
    mask: Mask,
}

impl HttpProvider {
    /// Builds the provider; connects to nothing yet. For https it reads the system's CA certificates, which takes some milliseconds.
    pub fn new(settings: HttpSettings) -> Result<Self, ProviderError> {
        let base = parse_base(&settings.base_url)?;
        let loopback = is_loopback(&base);
        if base.scheme() == "http" && !loopback && !settings.allow_plain_http {
            return Err(ProviderError::PlainHttp(place(&base)));
        }
        if let Some(field) = OWN_FIELDS.iter().find(|field| settings.extra_body.contains_key(**field)) {
            return Err(ProviderError::ExtraField((*field).to_owned()));
        }
        Ok(Self {
            client: client(&base, loopback, settings.connect_timeout)?,
            authorization: settings.key.as_ref().map(bearer).transpose()?,
            base,
            extra_body: settings.extra_body,
            dialect: settings.dialect,
            mask: Mask::of(settings.key),
        })
    }

    fn chat_call(&self, request: &ChatRequest) -> RequestBuilder {
        let body = ChatBody {
            request,
            stream_options: request.stream.then_some(StreamOptions { include_usage: true }),
            extra: &self.extra_body,
        };
        let accept = if request.stream { "text/event-stream, application/json" } else { "application/json" };
        let call = self.client.post(endpoint(&self.base, &["chat", "completions"])).json(&body);
        let call = self.authorized(call).header(ACCEPT, accept);
        // Compressed streams are held back until a block is full.
        if request.stream { call.header(ACCEPT_ENCODING, "identity") } else { call }
    }

    fn authorized(&self, call: RequestBuilder) -> RequestBuilder {
        match &self.authorization {
            Some(value) => call.header(AUTHORIZATION, value.clone()),
            None => call,
        }
    }

    /// Sends a call; resolves with a response whose status is good.
    fn send(&self, call: RequestBuilder) -> ProviderFuture<Response> {
        let (mask, dialect, place) = (self.mask.clone(), self.dialect, place(&self.base));
        Box::pin(async move {
            let response = call.send().await.map_err(|error| send_failure(&error, &place, &mask))?;
            if response.status().is_success() { Ok(response) } else { Err(refusal(response, dialect, &mask).await) }
        })
    }
}

impl Provider for HttpProvider {
    fn chat(&self, request: ChatRequest) -> ProviderFuture<DeltaStream> {
        let response = self.send(self.chat_call(&request));
        let (mask, dialect) = (self.mask.clone(), self.dialect);
        Box::pin(async move { Ok(deltas(response.await?, dialect, mask)) })
    }

    fn models(&self) -> ProviderFuture<Vec<String>> {
        let call = self.client.get(endpoint(&self.base, &["models"])).header(ACCEPT, "application/json");
        let response = self.send(self.authorized(call));
        let mask = self.mask.clone();
        Box::pin(async move {
            let mut response = response.await?;
            let content_type = header(response.headers(), CONTENT_TYPE.as_str()).map(str::to_owned);
            let mut body = Vec::new();
            match read_body(&mut response, &mut body, MODEL_LIST).await {
                Some(error) => Err(body_failure(&error)),
                None => read_models(content_type.as_deref(), &body, &mask),
            }
        })
    }
}

fn client(base: &Url, loopback: bool, connect_timeout: Duration) -> Result<Client, ProviderError> {
    // TLS takes its cryptography from the process; a second call finds it there and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("vita/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect_timeout)
        .tcp_nodelay(true)
        // A redirect would carry the key and the conversation elsewhere. Retries are the router's.
        .redirect(redirect::Policy::none())
        .retry(retry::never());
    if loopback {
        builder = builder.no_proxy();
    }
    if base.scheme() == "http" {
        // No certificate is needed, and machines without a CA store must still reach loopback.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| ProviderError::Tls(text::line(&root_cause(&error), 200)))
}

fn bearer(key: &SecretString) -> Result<HeaderValue, ProviderError> {
    let value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()));
    let mut value = value.map_err(|_| ProviderError::Key)?;
    value.set_sensitive(true);
    Ok(value)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Reads the body up to a limit; gives what broke it off.
async fn read_body(response: &mut Response, body: &mut Vec<u8>, limit: usize) -> Option<reqwest::Error> {
    while body.len() < limit {
        match response.chunk().await {
            Ok(Some(bytes)) => body.extend_from_slice(&bytes),
            Ok(None) => break,
            Err(error) => return Some(error),
        }
    }
    None
}

#[cfg(test)]
mod tests;
