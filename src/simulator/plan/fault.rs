//! What a simulated provider can get wrong.

use std::time::Duration;

/// What a simulated provider gets wrong. Token counts are of the simulator's own tokens; a fault that strikes after 0 tokens
/// strikes right after the headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answers with this status and an error body. A redirect points to the provider `moved`.
    Status {
        /// The HTTP status, 200 to 599.
        status: u16,
        /// The error's code, as services write it; chosen by the status when absent.
        code: Option<String>,
        /// The error's message; chosen by the status when absent. A 401 echoes the caller's key in it, as real services have done.
        message: Option<String>,
        /// The Retry-After header, sent as it stands.
        retry_after: Option<String>,
        /// The form of the body.
        body: BodyKind,
    },
    /// Closes the connection in order, without an answer.
    Refuse,
    /// Resets the connection before an answer.
    Reset,
    /// Accepts the request and never answers.
    Silence,
    /// Answers 200 with a login page.
    Html,
    /// The model is gone: calls get 404, and it is not in the list.
    Retired,
    /// Refuses to go on with a message of the assistant's. Other calls are not struck.
    NoPrefill,

    /// Sends the first token after this long.
    Slow {
        /// The wait.
        first_token: Duration,
    },
    /// Sends only reasoning for this long, then the answer.
    Reasoning {
        /// How long.
        lasts: Duration,
    },
    /// Sends a token at a time, this far apart.
    Drip {
        /// From one token to the next.
        every: Duration,
    },
    /// Sends comments and no more text, for ever.
    KeepAlive {
        /// From one comment to the next.
        every: Duration,
        /// Tokens sent before.
        tokens: u64,
    },

    /// Sends the role, then `[DONE]`.
    Empty,
    /// Sends the role, and ends.
    RoleOnly,
    /// Sends `[DONE]` and nothing else.
    DoneOnly,
    /// Sends an answer whose `choices` are empty.
    EmptyChoices,

    /// Breaks the connection in the middle of the answer.
    Cut {
        /// Tokens sent before.
        tokens: u64,
    },
    /// Resets the connection in the middle of the answer.
    Abort {
        /// Tokens sent before.
        tokens: u64,
    },
    /// Ends in the middle of the answer though Content-Length promised more.
    Short {
        /// Tokens sent before.
        tokens: u64,
    },
    /// Ends the answer in order, but without a finish reason and `[DONE]`.
    Truncate {
        /// Tokens sent before.
        tokens: u64,
    },
    /// Sends nothing more in the middle of the answer, and keeps the connection open.
    Stall {
        /// Tokens sent before.
        tokens: u64,
    },
    /// Sends a chunk that is not JSON in the middle of the answer.
    Malformed {
        /// Tokens sent before.
        tokens: u64,
    },
    /// Sends an error inside a stream that began with 200.
    ErrorFrame {
        /// Tokens sent before.
        tokens: u64,
        /// The status the frame speaks of.
        status: u16,
        /// The error's code; chosen by the status when absent.
        code: Option<String>,
        /// The error's message; chosen by the status when absent.
        message: Option<String>,
        /// The form of the error. `Native` comes as an event of its own with the status in a comment; after `Object` comes `[DONE]`.
        body: BodyKind,
    },
    /// Ends the answer with this finish reason.
    Finish {
        /// The reason's word.
        reason: String,
        /// Tokens sent before; the whole answer when absent.
        tokens: Option<u64>,
    },
    /// Says the first tokens of its answer again and again, for ever, whatever `max_tokens` says.
    Repeat {
        /// Tokens that are repeated; at least one.
        tokens: u64,
    },
    /// Sends one chunk that never ends.
    Flood,

    /// Leaves `[DONE]` out.
    NoDone,
    /// Leaves `[DONE]` out, and keeps the connection open.
    Linger,
    /// Leaves the finish reason out.
    NoFinish,
    /// Sends no token counts.
    NoUsage,
    /// Sends the token counts so far with every chunk.
    UsageEach,
    /// Sends the whole answer as JSON where a stream was asked for.
    PlainJson,
    /// Sends the answer in another form of the same meaning.
    Framing {
        /// The form.
        form: Form,
    },
    /// Says that the body is compressed, which it is not.
    Gzip,
    /// Going on with a message of the assistant's, says its last tokens once more. Other calls are not struck.
    Overlap {
        /// Tokens said again.
        tokens: u64,
    },
    /// Asked to go on with a message of the assistant's, begins anew. Other calls are not struck.
    Restart,
}

impl Fault {
    /// A plain error status with the usual body.
    pub fn status(status: u16) -> Self {
        Self::Status { status, code: None, message: None, retry_after: None, body: BodyKind::Json }
    }

    /// An error with this status and code inside a stream before any text, in DashScope's form.
    pub fn error_frame(status: u16, code: &str) -> Self {
        Self::ErrorFrame { tokens: 0, status, code: Some(code.to_owned()), message: None, body: BodyKind::Native }
    }

    /// Whether it can strike a list of models.
    pub(in crate::simulator) fn strikes_lists(&self) -> bool {
        matches!(self, Self::Status { .. } | Self::Refuse | Self::Reset | Self::Silence | Self::Html | Self::Retired)
    }

    /// Whether it is about going on with a message of the assistant's.
    pub(in crate::simulator) fn is_of_continuing(&self) -> bool {
        matches!(self, Self::NoPrefill | Self::Overlap { .. } | Self::Restart)
    }

    /// Whether anything is sent that a header can go with.
    pub(in crate::simulator) fn has_response(&self) -> bool {
        !matches!(self, Self::Refuse | Self::Reset | Self::Silence)
    }
}

/// The form of an error's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyKind {
    /// `{"error":{"message","type","code"}}`.
    #[default]
    Json,
    /// Flat `{"code","message","request_id"}`, DashScope's native form.
    Native,
    /// `{"title","detail","status"}`, the Llama API's form.
    Problem,
    /// `{"error":"message"}`.
    Text,
    /// `{"object":"error","message","type","code"}`, vLLM's form.
    Object,
    /// The message as plain text, as proxies send it.
    Plain,
    /// A web page.
    Html,
    /// Nothing.
    Empty,
}

/// Unusual forms of an answer that mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines end in CR LF.
    CrLf,
    /// Lines end in CR.
    Cr,
    /// A byte order mark stands first.
    Bom,
    /// No space after `data:`.
    NoSpace,
    /// Comments between the events.
    Comments,
    /// Fields `id`, `event` and `retry` beside the data.
    Fields,
    /// The data of one event over several lines.
    Lines,
    /// Written three bytes at a time: characters and CR LF fall apart.
    Pieces,
    /// Held back and written at once, as proxies do.
    Burst,
    /// No line end after the last event.
    NoEnd,
    /// `content`, `finish_reason` and `usage` are null or empty where they have nothing to say.
    Nulls,
    /// The Llama API's own chunks.
    Llama,
}
