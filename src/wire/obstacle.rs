//! What keeps a connection from coming about.

use super::{Failure, Outcome};

/// The code of a failure to connect, in place of a provider's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The host's name does not exist.
    NoSuchName,
    /// No name server answers.
    NoNameServer,
    /// The host is there, and nothing listens.
    Refused,
    /// There is no way to the host.
    Unreachable,
    /// Nothing came back in time.
    Timeout,
    /// TLS could not be agreed on: the certificate, its name, or no TLS at all.
    Tls,
    /// A proxy on the way does not let it through.
    Proxy,
}

impl Obstacle {
    const ALL: [Self; 7] =
        [Self::NoSuchName, Self::NoNameServer, Self::Refused, Self::Unreachable, Self::Timeout, Self::Tls, Self::Proxy];

    /// Its word in [`Failure::code`].
    pub fn code(self) -> &'static str {
        match self {
            Self::NoSuchName => "no_such_name",
            Self::NoNameServer => "no_name_server",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout => "connect_timeout",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
        }
    }

    /// The obstacle of a failure to connect; none when it is another failure, or nothing more is known.
    pub fn of(failure: &Failure) -> Option<Self> {
        let code = failure.code.as_deref().filter(|_| failure.outcome == Outcome::Connect)?;
        Self::ALL.into_iter().find(|obstacle| obstacle.code() == code)
    }
}
