//! The Chat tab: form, interview, report, free chat.
