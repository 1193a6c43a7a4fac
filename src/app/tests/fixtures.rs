//! What the rest of the house would tell the console.

mod report;
mod status;

pub use report::report;
pub use status::{status, switch};

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app::Ready;
use crate::clock::Zone;
use crate::config::{Language, Micro};
use crate::interview::view::{May, QuestionView};
use crate::interview::{Entry, EntryKind, Kind, Pace, Phase, View, Who};
use crate::router::{Answer, AnswerUsage, Attempt, Billed, Cost};
use crate::wire::{Outcome, Usage};

pub fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

pub fn ready(language: Language) -> Ready {
    Ready {
        language,
        status: Arc::new(status()),
        technical_roles: vec!["backend".into()],
        other_roles: vec!["frontend".into(), "product".into()],
        unfinished: None,
        seed: 100,
        zone: Zone::Named(chrono_tz::Asia::Shanghai),
        warnings: Vec::new(),
    }
}

fn said(language: Language, en: &str, zh: &str) -> String {
    match language {
        Language::En => en.into(),
        Language::Zh => zh.into(),
    }
}

pub fn entry(who: Who, kind: EntryKind, text: String) -> Entry {
    Entry { who, kind, question: Some("q".into()), text, at: Duration::ZERO }
}

/// The second question's first probe was asked, after a hint.
pub fn view(language: Language) -> View {
    let question = said(
        language,
        "Hello. Tell me about a time when you had to deliver something under a deadline you did not choose. What did you do?",
        "你好。请讲一次在不是你定的期限内必须交付的经历，你具体做了什么？",
    );
    let answer = said(
        language,
        "We had to move the billing import to the new service in two weeks. We worked hard and it went well in the end.",
        "我们要在两周内把账单导入迁移到新服务上。大家都很努力，最后结果还不错。",
    );
    let feedback = said(
        language,
        "Keep: you named the deadline.\nMissing: what you did yourself.",
        "保持：说清了期限。\n欠缺：没有说你自己做了什么。",
    );
    let second = said(
        language,
        "Thank you. Now tell me about a disagreement with a colleague and how you settled it.",
        "谢谢。请讲一次你与同事意见不一致的经历，你们是怎样解决的？",
    );
    let hint = said(
        language,
        "Think of one event: who, when, and what each of you wanted.",
        "想一件具体的事：跟谁、什么时候、各自想要什么。",
    );
    let short =
        said(language, "We disagreed about the rollout and talked about it.", "我们对上线方式有分歧，后来聊了聊。");
    let probe = said(
        language,
        "What did you yourself say or do to settle it, and what came of it?",
        "你自己说了什么、做了什么来解决它？结果怎样？",
    );
    let transcript = vec![
        entry(Who::Interviewer, EntryKind::Question, question),
        entry(Who::Candidate, EntryKind::Answer, answer),
        entry(Who::Coach, EntryKind::Feedback, feedback),
        entry(Who::Interviewer, EntryKind::Question, second),
        entry(Who::Coach, EntryKind::Hint, hint),
        entry(Who::Candidate, EntryKind::Answer, short),
        entry(Who::Interviewer, EntryKind::Probe, probe),
    ];
    View {
        phase: Phase::Answering,
        question: Some(QuestionView {
            id: "q2".into(),
            number: 2,
            kind: Kind::Behavioural,
            step: 3,
            probes: 1,
            hints_used: 1,
            spent: Duration::from_secs(200),
            budget: Duration::from_secs(180),
            pace: Pace::Amber,
        }),
        of: 5,
        transcript: Arc::new(transcript),
        left: Duration::from_secs(23 * 60),
        may: May { submit: true, skip: true, hint: true, pause: true, unpause: false, end: true },
    }
}

/// The interviewer speaks; nothing can be answered.
pub fn speaking(language: Language) -> View {
    let mut view = view(language);
    view.phase = Phase::Speaking;
    view.may = May { end: true, ..May::default() };
    view
}

/// A whole answer of the backup, after the primary failed.
pub fn answer(text: &str) -> Answer {
    let attempt = |provider: &str, model: &str, outcome, status, cost| Attempt {
        provider: provider.into(),
        model: model.into(),
        outcome,
        status: Some(status),
        ms: 400,
        billed: Billed::Yes,
        cost: Micro(cost),
    };
    Answer {
        text: text.into(),
        provider: "qwen".into(),
        model: "qwen-plus".into(),
        finish_reason: Some("stop".into()),
        complete: true,
        cached: false,
        simulated: true,
        attempts: vec![
            attempt("llama", "Llama-3.3-70B-Instruct", Outcome::ServerError, 500, 0),
            attempt("qwen", "qwen-plus", Outcome::Ok, 200, 142),
        ],
        seam: None,
        usage: AnswerUsage { tokens: Usage::default(), estimated: false },
        cost: Cost { amount: Micro(142), currency: "CNY".into() },
        ttft_ms: Some(500),
        total_ms: 815,
        why: Vec::new(),
    }
}
