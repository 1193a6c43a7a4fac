//! Flow
