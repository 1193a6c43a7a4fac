//! What an answer says, before it is given a form.

use serde_json::{Value, json};

use super::{ChatCall, Fault, answers, tokens};

/// The words of an answer and the reason it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub tokens: Vec<String>,
    /// None when the fault leaves it out.
    pub finish: Option<String>,
    pub prompt_tokens: u64,
}

impl Said {
    /// What is said to a call.
    pub fn to(call: &ChatCall, fault: Option<&Fault>) -> Self {
        let text = text(call, fault);
        let mut tokens: Vec<String> = tokens::split(&text).into_iter().map(str::to_owned).collect();
        let most = most(call.max_tokens);
        let mut finish = Some(if tokens.len() > most { "length" } else { "stop" }.to_owned());
        tokens.truncate(most);
        match fault {
            Some(Fault::Finish { reason, tokens: count }) => {
                tokens.truncate(self::most(*count));
                finish = Some(reason.clone());
            }
            Some(Fault::NoFinish | Fault::RoleOnly) => finish = None,
            _ => {}
        }
        Self { tokens, finish, prompt_tokens: call.prompt_tokens() }
    }

    /// The token counts once so many tokens of the answer are sent.
    pub fn usage(&self, completion: u64) -> Value {
        let prompt = self.prompt_tokens;
        json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
    }
}

fn text(call: &ChatCall, fault: Option<&Fault>) -> String {
    let question = call.question();
    match (call.prefix(), fault) {
        (_, Some(Fault::Empty | Fault::RoleOnly | Fault::DoneOnly | Fault::EmptyChoices)) => String::new(),
        (None, _) | (Some(_), Some(Fault::Restart)) => answers::answer(&question),
        (Some(prefix), Some(Fault::Overlap { tokens })) => {
            let said = tokens::split(&prefix);
            let again = said.len().saturating_sub(most(Some(*tokens)));
            said[again..].concat() + &answers::rest(&question, &prefix)
        }
        (Some(prefix), _) => answers::rest(&question, &prefix),
    }
}

/// A count of tokens as a length; without one, more than any answer has.
pub(super) fn most(count: Option<u64>) -> usize {
    count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX)
}
